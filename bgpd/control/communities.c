/* show communities: the dictionary, made from the policy in force. */
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "policy/dictionary.h"

#define ITEMS_A_STEP 16

static json_t *
render_item(const struct dictionary_item *item)
{
	static const char *const formats[] = {
	    [COMMUNITY_STD] = "std", [COMMUNITY_LARGE] = "lrg", [COMMUNITY_EXT] = "ext"};

	return json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s}", "name",
	    render_text(item->name), "pattern", item->pattern, "glob", item->glob, "format",
	    formats[item->community.format], "class", item->class, "direction",
	    dictionary_direction(item), "meaning", render_text(item->text), "reject_code",
	    item->reason != REASON_NONE ? json_integer(item->reason) : json_null(), "section",
	    dictionary_section(item), "key", dictionary_key(item));
}

enum query_progress
communities_step(struct query *q)
{
	struct dictionary_item item;
	size_t iter = q->position;

	for (unsigned n = 0; n < ITEMS_A_STEP; n++) {
		if (!dictionary_next(&q->core->config.policy, &iter, &item))
			return QUERY_DONE;
		query_answer(q, render_item(&item));
	}
	q->position = (uint32_t)iter;
	return QUERY_MORE;
}
