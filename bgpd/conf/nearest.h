/*
 * Which known word somebody may have meant. Pure; parent only.
 */
#ifndef BGPD_CONF_NEAREST_H
#define BGPD_CONF_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 48 /* longer words are far from everything */

/* Optimal string alignment: insertions, deletions, substitutions, swapped neighbours. */
size_t nearest_distance(const char *a, const char *b);

/* The largest distance at which a known word may still have been meant. */
size_t nearest_limit(const char *word);

/*
 * The nearest of the words that get() gives for 0, 1, ... until NULL ("" is skipped); NULL where
 * none is near.
 */
const char *nearest_find(const char *word, const char *(*get)(size_t index));

#endif
