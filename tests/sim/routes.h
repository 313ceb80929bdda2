/*
 * Files of routes and of churn: plain text or gzip, one route a line.
 *
 *   routes:  prefix|as_path|origin|next_hop|med|communities|ext|large[|otc[|other]]
 *   churn:   ms|session|A|route as above        ms|session|W|prefix
 */
#ifndef SIM_ROUTES_H
#define SIM_ROUTES_H

#include "tests/sim/sim.h"

/* "10.0.0.0/8" or "2001:db8::/32", without host bits. False if it is none. */
bool routes_parse_prefix(const char *text, struct key *key);
/* Reads one route; the line is cut up. NULL, or what is wrong. */
const char *routes_parse(struct sim *sim, char *line, uint32_t *key, uint32_t *attrs);
/* Adds a file to what the member announces; ends the program if the file is wrong. */
void routes_load(struct sim *sim, struct member *m, const char *path);

/* Begins to play a file of churn, speed times as fast as it happened; 0 = no waiting at all. */
void churn_start(struct sim *sim, const char *path, double speed);
/* Announces and withdraws what is due; returns when to be called again, UINT64_MAX if never. */
uint64_t churn_step(struct sim *sim);
bool churn_is_done(const struct sim *sim);

/*
 * Cuts text at the separators into at most max fields, the last of which keeps what is left;
 * returns their number.
 */
size_t split(char *text, char separator, char *fields[], size_t max);

#endif
