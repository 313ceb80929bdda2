/* Free chunks of the egress log: see log_pool.h. */
#include "bgpd/ipc/log_pool.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/ipc/bug.h"

void
log_pool_init(struct log_pool *p, uint32_t chunks)
{
	*p = (struct log_pool){.cold_count = chunks};
	p->warm = bug_calloc(chunks, sizeof(*p->warm));
	p->cold = bug_calloc(chunks, sizeof(*p->cold));
	for (uint32_t i = 0; i < chunks; i++)
		p->cold[i] = chunks - 1 - i;
}

void
log_pool_fini(struct log_pool *p)
{
	free(p->warm);
	free(p->cold);
}

uint32_t
log_pool_free(const struct log_pool *p)
{
	return p->warm_count + p->cold_count;
}

uint32_t
log_pool_take(struct log_pool *p)
{
	if (log_pool_free(p) == 0)
		bug("log_pool_take", "no chunk is free");
	if (p->warm_count == 0)
		return p->cold[--p->cold_count];
	p->warm_count--;
	if (p->warm_low > p->warm_count)
		p->warm_low = p->warm_count;
	return p->warm[p->warm_count];
}

void
log_pool_give(struct log_pool *p, uint32_t chunk)
{
	p->warm[p->warm_count++] = chunk;
}

uint32_t
log_pool_idle(const struct log_pool *p, uint32_t keep)
{
	return p->warm_low > keep ? p->warm_low - keep : 0;
}

uint32_t
log_pool_cool(struct log_pool *p)
{
	uint32_t chunk;

	if (p->warm_count == 0)
		bug("log_pool_cool", "no chunk is warm");
	chunk = p->warm[0];
	p->warm_count--;
	memmove(p->warm, p->warm + 1, p->warm_count * sizeof(*p->warm));
	p->cold[p->cold_count++] = chunk;
	if (p->warm_low > 0)
		p->warm_low--;
	return chunk;
}

void
log_pool_rest(struct log_pool *p)
{
	p->warm_low = p->warm_count;
}
