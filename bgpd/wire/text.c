/* Lines of text; see text.h. */
#include "bgpd/wire/text.h"

#include <stdarg.h>
#include <stdio.h>

struct text
text_over(char *buf, size_t cap)
{
	if (cap > 0)
		buf[0] = '\0';
	return (struct text){buf, cap, 0};
}

void
text_add(struct text *t, const char *format, ...)
{
	size_t room = t->cap - t->len;
	va_list ap;
	int n;

	if (room <= 1)
		return;
	va_start(ap, format);
	n = vsnprintf(t->buf + t->len, room, format, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}
