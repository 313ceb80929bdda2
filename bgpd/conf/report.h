/*
 * Filling a struct conf_report (conf.h): errors up to CONF_ERRORS_MAX, the rest up to
 * CONF_WARNINGS_MAX, all of them counted. Parent only.
 */
#ifndef BGPD_CONF_REPORT_H
#define BGPD_CONF_REPORT_H

#include "bgpd/conf/conf.h"

/*
 * A warning that stands as an alarm (enum alarm) as long as the configuration is in use. Errors and
 * warnings have their own limits, so neither can crowd out the other.
 */
void report_alarm(struct conf_report *, int alarm, const char *file, unsigned line, unsigned col,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* line 0 = the file as a whole. */
void report_add(struct conf_report *, enum conf_severity, const char *file, unsigned line,
    unsigned col, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
