/*
 * What a run has to tell: dumps of tables, numbers as text and as JSON.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "tests/sim/sim.h"

/*
 * Writes what every established session has received, sorted as LC_ALL=C sort would:
 *   session|prefix|path_id|as_path|origin|next_hop|med|communities|ext|large|otc|other
 * Returns false with errno if the file cannot be written.
 */
bool report_dump(struct sim *sim, const char *path);
/* The numbers for people. */
void report_print(struct sim *sim, FILE *out);
bool report_json(struct sim *sim, const char *path);

#endif
