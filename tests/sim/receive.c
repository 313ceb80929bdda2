/*
 * What a member hears: OPEN and the rest of the handshake, UPDATEs into its table, refreshes.
 *
 * Everything malformed is a loud end of the run (sim_accuse()): the simulator is a judge, not a
 * friendly neighbour. A session that is closed with a NOTIFICATION is only lost.
 */
#include "tests/sim/marks.h"
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define FAMILY_OF(index) ((uint16_t)((index) == 0 ? 4 : 6))

/* The prefixes of one message, and what they are to become. */
struct change {
	struct sim *sim;
	struct member *member;
	uint32_t attrs; /* 0 = withdrawn */
	uint32_t med;
};

static void
agree(struct member *m, const struct open_msg *open)
{
	const struct member_conf *c = &m->conf;

	for (int i = 0; i < 2; i++) {
		m->caps.families[i] = c->families[i] && open->families[i];
		m->caps.addpath[i] =
		    c->addpath && m->caps.families[i] && (open->addpath[i] & 2) != 0;
	}
	m->caps.rules = (struct attr_rules){c->as4 && open->as4, c->allow_as0};
	m->caps.extended = c->extended && open->extended;
	m->caps.enhanced = c->enhanced && open->enhanced;
	m->hold_s = c->hold_s < open->hold_s ? c->hold_s : open->hold_s;
}

static const char *
hear_open(struct sim *sim, struct member *m, struct view body)
{
	struct open_msg open;
	const char *error;

	if (m->state != MEMBER_OPEN_SENT)
		return "OPEN in the middle of a session";
	error = open_decode(body, &open);
	if (error != NULL)
		return error;
	if (m->conf.peer_asn != 0 && open.asn != m->conf.peer_asn)
		return "OPEN with another AS number than the plan's";
	/* RFC 5492 section 3: no multiprotocol capability means IPv4 unicast. */
	if (!open.families[0] && !open.families[1])
		open.families[0] = true;
	agree(m, &open);
	m->state = MEMBER_OPEN_CONFIRM;
	keepalive_encode(&m->out);
	m->said_ns = sim->now_ns;
	member_flush(sim, m);
	return NULL;
}

static const char *
hear_keepalive(struct sim *sim, struct member *m, struct view body)
{
	(void)body;
	if (m->state == MEMBER_OPEN_SENT)
		return "KEEPALIVE before OPEN";
	if (m->state != MEMBER_OPEN_CONFIRM)
		return NULL;
	m->state = MEMBER_ESTABLISHED;
	m->established_ns = sim->now_ns;
	m->count.established++;
	sim->established++;
	if (!sim->is_together || sim->is_released)
		announce_all(sim, m);
	else
		announce_release(sim);
	return NULL;
}

static void
mark_fresh(struct member *m, uint16_t family, uint32_t key)
{
	int i = family_index(family);
	struct buf *fresh = &m->fresh[i];

	if (!m->is_refreshing[i])
		return;
	while (fresh->len <= key / 8)
		buf_put8(fresh, 0);
	fresh->data[key / 8] |= (uint8_t)(1u << key % 8);
}

static void
apply_route(const struct change *c, const struct key *key)
{
	struct sim *sim = c->sim;
	struct member *m = c->member;
	uint32_t id, old;

	if (sim->count_only) {
		m->table.count += c->attrs != 0 ? 1 : 0;
		m->table.count -= c->attrs == 0 && m->table.count > 0 ? 1 : 0;
		return;
	}
	id = store_key(sim->store, key);
	old = table_set(&m->table, id, c->attrs);
	m->count.repeated_in += c->attrs != 0 && old == c->attrs;
	m->count.spurious_in += c->attrs == 0 && old == 0;
	if (c->attrs != 0) {
		mark_fresh(m, key->family, id);
		marks_arrive(sim, m, id, c->med);
	}
}

static const char *
apply_prefixes(const struct change *c, struct view v, uint16_t family)
{
	bool addpath = c->member->caps.addpath[family_index(family)];
	uint64_t count = 0;

	for (; v.len > 0; count++) {
		struct key key;
		const char *error = nlri_take(&v, family, addpath, &key);

		if (error != NULL)
			return error;
		apply_route(c, &key);
	}
	if (c->attrs != 0)
		c->member->count.announced_in += count;
	else
		c->member->count.withdrawn_in += count;
	return NULL;
}

static void
hear_eor(struct sim *sim, struct member *m, uint16_t family)
{
	m->eor[family_index(family)] = true;
	if ((m->eor[0] || !m->caps.families[0]) && (m->eor[1] || !m->caps.families[1]) &&
	    m->eor_ns == 0)
		m->eor_ns = sim->now_ns;
}

static const char *
hear_update(struct sim *sim, struct member *m, struct view body)
{
	static struct buf attrs;
	struct change drop = {sim, m, 0, 0}, add = {sim, m, 1, 0};
	struct update u;
	const char *error = update_decode(body, &m->caps, &u, &attrs);

	if (m->state != MEMBER_ESTABLISHED)
		return "UPDATE before the session is established";
	if (error != NULL)
		return error;
	m->count.updates_in++;
	sim->last_update_ns = sim->now_ns;
	if (u.eor_family != 0) {
		hear_eor(sim, m, u.eor_family);
		return NULL;
	}
	error = apply_prefixes(&drop, u.withdrawn, 4);
	if (error == NULL && u.mp.unreach_family != 0)
		error = apply_prefixes(&drop, u.mp.unreach, u.mp.unreach_family);
	if (error != NULL || attrs.len == 0)
		return error;
	if (!sim->count_only) {
		add.attrs = store_attrs(sim->store, attrs.data, attrs.len);
		add.med = attr_get_med(attrs.data, attrs.len);
	}
	error = apply_prefixes(&add, u.nlri, 4);
	if (error == NULL && u.mp.reach_family != 0)
		error = apply_prefixes(&add, u.mp.reach, u.mp.reach_family);
	return error;
}

static const char *
hear_notification(struct sim *sim, struct member *m, struct view body)
{
	char why[64];

	m->last_notification[0] = view_take8(&body);
	m->last_notification[1] = view_take8(&body);
	snprintf(why, sizeof(why), "NOTIFICATION %u/%u", m->last_notification[0],
	    m->last_notification[1]);
	member_lose(sim, m, why);
	return NULL;
}

static void
end_refresh(struct member *m, int i, struct store *store)
{
	for (size_t key = 0; key < m->table.cap; key++) {
		if (m->table.attrs[key] == 0 ||
		    store_get_key(store, (uint32_t)key)->family != FAMILY_OF(i))
			continue;
		/* RFC 7313 section 4: what was not sent again is gone. */
		if (key / 8 >= m->fresh[i].len || (m->fresh[i].data[key / 8] >> key % 8 & 1) == 0)
			table_set(&m->table, (uint32_t)key, 0);
	}
	m->is_refreshing[i] = false;
}

static const char *
hear_refresh(struct sim *sim, struct member *m, struct view body)
{
	uint16_t afi = view_take16(&body);
	uint8_t subtype = view_take8(&body), safi = view_take8(&body);
	int i = afi == 2;

	if (m->state != MEMBER_ESTABLISHED)
		return "ROUTE-REFRESH before the session is established";
	if (body.len != 0 || safi != 1 || (afi != 1 && afi != 2) || !m->caps.families[i])
		return "ROUTE-REFRESH is malformed or of a family that was not negotiated";
	if (subtype > 2 || (subtype > 0 && !m->caps.enhanced))
		return "ROUTE-REFRESH with a subtype that was not negotiated";
	m->count.refresh_in++;
	if (subtype == 0) {
		announce_all(sim, m);
	} else if (subtype == 1) {
		m->is_refreshing[i] = true;
		m->fresh[i].len = 0;
	} else if (!m->is_refreshing[i]) {
		return "EoRR without BoRR";
	} else {
		end_refresh(m, i, sim->store);
	}
	return NULL;
}

void
receive_message(struct sim *sim, struct member *m, const uint8_t *msg, size_t len)
{
	static const char *(*const hear[])(struct sim *, struct member *, struct view) = {
	    [MSG_OPEN] = hear_open,
	    [MSG_UPDATE] = hear_update,
	    [MSG_NOTIFICATION] = hear_notification,
	    [MSG_KEEPALIVE] = hear_keepalive,
	    [MSG_REFRESH] = hear_refresh,
	};
	struct view body = {msg + MSG_HEADER, len - MSG_HEADER, false};
	const char *error = hear[msg[18]](sim, m, body);

	if (error != NULL)
		sim_accuse(sim, m, error, msg, len);
	else if (m->record != NULL && msg[18] == MSG_UPDATE)
		fwrite(msg, 1, len, m->record);
}

void
receive_forget(struct sim *sim, struct member *m)
{
	table_fini(&m->table);
	m->is_refreshing[0] = m->is_refreshing[1] = false;
	m->mark_seen = 0;
	receive_judge(sim, m);
}

void
receive_judge(struct sim *sim, struct member *m)
{
	bool is_satisfied = m->is_expecting && m->table.count == m->expected;

	if (is_satisfied == m->is_satisfied)
		return;
	m->is_satisfied = is_satisfied;
	if (is_satisfied) {
		m->satisfied_ns = sim->now_ns;
		sim->satisfied++;
	} else {
		sim->satisfied--;
	}
	if (sim->satisfied == sim->expecting && sim->complete_ns == 0)
		sim->complete_ns = sim->now_ns;
}
