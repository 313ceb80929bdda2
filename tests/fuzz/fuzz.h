/*
 * What the fuzz targets share. A target is one LLVMFuzzerTestOneInput; libFuzzer calls it with
 * inputs that it invents, replay_main.c with the files of the corpus.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the process where something does not hold that always must. */
#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every octet, so that the sanitizer sees whether they are all there. */
static inline void
touch(const void *data, size_t len)
{
	const volatile uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		(void)p[i];
}

#endif
