/*
 * UTF-8, one character at a time, strictly (RFC 3629): for the check of configuration files, for
 * descriptions, and for what members say in words (RFC 9003). Pure; any process.
 */
#ifndef BGPD_UTF8_H
#define BGPD_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the character at the start of len octets (len > 0) into *out. Returns its octets, 1..4, or
 * 0 where there is none: overlong forms, surrogates and what lies above U+10FFFF included.
 */
size_t utf8_decode(const char *octets, size_t len, uint32_t *out);

/* True for what shows nothing or changes how its neighbours show: controls, bidi, zero width. */
bool utf8_is_invisible(uint32_t character);

/*
 * Copies text so that it can stand in any display: invisible characters and broken octets become
 * '?', runs of blanks one space; cut between characters at size, always terminated.
 */
void utf8_clean(const char *text, char *out, size_t size);

/*
 * Text of somebody else that lies in size octets (> 0), made fit for any display where it lies: it
 * is terminated, and every broken octet and every invisible character becomes one '?'. Returns true
 * if nothing had to be replaced; a character that the end cut in half is left out quietly.
 */
bool utf8_disarm(char *text, size_t size);

/* The octets of a terminated text, cut to at most max of them between two characters. */
size_t utf8_cut(const char *text, size_t max);

#endif
