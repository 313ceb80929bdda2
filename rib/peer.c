/*
 * Sessions begin and end without a look at any entry: told rows hold for all slots that may have
 * the family, whether they are up or not. What a session changes is its class. Then told rows may
 * still treat the slot as its class before: it is marked "reshare", and its feeding walk, which it
 * has to do anyway, shares every entry out anew before it sends its rows. Until that walk is over
 * nobody relies on its bit: in keys not yet passed it is in no audience.
 *
 *      up: class, join the walk        down: leave everything, paths go
 *                                      lost: leave everything, paths are stale
 *
 * A slot that is removed is no longer able to have anything: it leaves the sets that sharing out
 * starts from, entries change when they are shared out next. Who gets the slot is a new receiver,
 * and the "reshare" of its first walk makes all its bits right.
 *
 * What becomes of a slot's paths is said per family, by path_stale_all() and path_drop_stale(); the
 * purge takes from the head of the slot's list what is gone. A slot that is lost is down to its
 * receivers' side; only its paths are still there.
 */
#include "rib/peer.h"

#include <string.h>

#include "rib/batch.h"
#include "rib/bestn.h"
#include "rib/bug.h"
#include "rib/owed.h"
#include "rib/partition.h"
#include "rib/path.h"
#include "rib/share.h"
#include "rib/walk.h"

static struct peer *
peer_of(const struct table *t, uint16_t slot)
{
	if (slot >= t->config.slots)
		rib_bug("a slot that does not exist");
	return &t->peers[slot];
}

/* The slot receives nothing of the family any more; told rows that name it mean nothing. */
static void
drop_class(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (!pf->able)
		return;
	slotbits_remove(t->class[family][pf->class], slot);
	pf->able = pf->reshare = false;
	t->audience[family].stale = true;
	share_forget_fit_sets(t, family);
}

/* From now on the slot may have the family, as a receiver of this class. */
static void
set_class(struct table *t, uint16_t slot, enum family family, uint8_t class)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (pf->able && pf->class == class)
		return;
	if (class >= CLASS_COUNT)
		rib_bug("a class that does not exist");
	if (pf->able)
		slotbits_remove(t->class[family][pf->class], slot);
	slotbits_add(t->class[family][class], slot);
	pf->able = true;
	pf->class = class;
	pf->reshare = t->entry_count[family] > 0;
	t->audience[family].stale = true;
	share_forget_fit_sets(t, family);
}

void
table_peer_set(struct table *t, uint16_t slot, const struct table_peer *config)
{
	struct peer *peer = peer_of(t, slot);
	bool is_limit_new = peer->config.paths_told != config->paths_told;
	bool is_another = !peer->set || peer->config.asn != config->asn ||
	    memcmp(peer->config.addr, config->addr, sizeof(config->addr)) != 0 ||
	    peer->config.addr_family != config->addr_family;

	if (config->addr_family >= FAMILY_COUNT)
		rib_bug("a peer address of no family");
	if (is_another) {
		if (!table_peer_is_clean(t, slot))
			rib_bug("a slot in use was given another ASN or address");
		partition_begin(t, slot);
		drop_class(t, slot, FAMILY_IPV4);
		drop_class(t, slot, FAMILY_IPV6);
	}
	peer->config = *config;
	peer->set = true;
	if (is_limit_new)
		bestn_limit_changed(t, slot);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		path_notice_room(t, slot, f);
	if (!peer->family[config->addr_family].able)
		set_class(t, slot, config->addr_family, CLASS_AS4);
}

void
table_peer_remove(struct table *t, uint16_t slot)
{
	struct peer *peer = peer_of(t, slot);

	table_peer_down(t, slot);
	drop_class(t, slot, FAMILY_IPV4);
	drop_class(t, slot, FAMILY_IPV6);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		peer->config.limit[f] = 0;
	peer->held = peer->set = false;
}

bool
table_peer_is_clean(const struct table *t, uint16_t slot)
{
	const struct peer *peer = peer_of(t, slot);

	return !peer->up && peer->family[FAMILY_IPV4].paths_first == 0 &&
	    peer->family[FAMILY_IPV6].paths_first == 0;
}

static void
family_up(struct table *t, uint16_t slot, enum family family, uint8_t class)
{
	struct peer_family *pf = peer_at(t, slot, family);

	set_class(t, slot, family, class);
	pf->up = pf->eor_due = true;
	walk_join(t, slot, family);
}

void
table_peer_up(struct table *t, uint16_t slot, const struct table_session *session)
{
	struct peer *peer = peer_of(t, slot);

	if (!peer->set)
		rib_bug("a session of a slot that was never described");
	if (peer->up)
		table_peer_down(t, slot);
	peer->up = true;
	peer->held = false;
	peer->bgp_id = session->bgp_id;
	peer->enhanced_refresh = session->enhanced_refresh;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if ((session->families & session->kept & 1U << f) == 0)
			path_drop_stale(t, slot, f);
		peer_at(t, slot, f)->over_paths = 0;
		if ((session->families >> f & 1) != 0)
			family_up(t, slot, f, session->class[f]);
	}
}

/* The receiver's side of a family ends. */
static void
family_leave(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	pf->refused = false;
	if (!pf->up)
		return;
	walk_leave(t, slot, family);
	owed_forget(t, slot, family);
	slotbits_remove(t->synced[family], slot);
	t->audience[family].stale = true;
	pf->up = pf->synced = pf->refresh_again = pf->eor_received = false;
}

static void
leave(struct table *t, uint16_t slot)
{
	struct peer *peer = peer_of(t, slot);

	if (!peer->up)
		return;
	batch_drop(t, slot, false);
	peer->up = false;
	family_leave(t, slot, FAMILY_IPV4);
	family_leave(t, slot, FAMILY_IPV6);
}

void
table_peer_lost(struct table *t, uint16_t slot, uint8_t families, bool older)
{
	leave(t, slot);
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		bool stays = (families >> f & 1) != 0;

		if (!older)
			path_drop_stale(t, slot, f);
		path_stale_all(t, slot, f);
		if (!stays)
			path_drop_stale(t, slot, f);
	}
}

void
table_peer_down(struct table *t, uint16_t slot)
{
	table_peer_lost(t, slot, 0, false);
}

void
table_sweep(struct table *t, uint16_t slot, enum family family)
{
	peer_of(t, slot);
	path_drop_stale(t, slot, family);
}

void
table_end_of_rib(struct table *t, uint16_t slot, enum family family)
{
	if (!peer_of(t, slot)->family[family].up)
		return;
	peer_at(t, slot, family)->eor_received = true;
	path_drop_stale(t, slot, family);
}

void
table_refresh_begin(struct table *t, uint16_t slot, enum family family)
{
	peer_of(t, slot);
	path_stale_all(t, slot, family);
}

void
table_refresh(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = &peer_of(t, slot)->family[family];

	if (!pf->up)
		return;
	if (pf->walk != 0 || pf->lagging)
		pf->refresh_again = true;
	else
		walk_join(t, slot, family);
}

void
table_walk_split(struct table *t, uint16_t slot)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		walk_split(t, slot, f);
}

void
table_walk_hold(struct table *t, uint16_t slot, bool hold)
{
	peer_of(t, slot)->held = hold;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		walk_update_blocked(t, slot, f);
}

void
table_cut(struct table *t, uint16_t slot)
{
	if (!peer_of(t, slot)->up)
		return;
	owed_cut(t, slot, FAMILY_IPV4);
	owed_cut(t, slot, FAMILY_IPV6);
	batch_drop(t, slot, true);
}

/* A debt that comes to light after the peer has caught up is paid like one that came in time. */
void
table_owe(struct table *t, uint16_t slot, const struct prefix *prefix, uint32_t path_id)
{
	const struct peer_family *pf = &peer_of(t, slot)->family[prefix->family];
	bool late = !pf->lagging;

	if (!pf->up)
		return;
	if (late)
		owed_cut(t, slot, prefix->family);
	owed_add_prefix(t, slot, prefix, path_id);
	if (late)
		owed_drain(t, slot, prefix->family);
}

void
table_owe_eor(struct table *t, uint16_t slot, enum family family)
{
	const struct peer_family *pf = &peer_of(t, slot)->family[family];
	bool late = !pf->lagging;

	if (!pf->up)
		return;
	if (late)
		owed_cut(t, slot, family);
	owed_add_eor(t, slot, family);
	if (late)
		owed_drain(t, slot, family);
}

void
table_drained(struct table *t, uint16_t slot)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (peer_of(t, slot)->family[f].up)
			owed_drain(t, slot, f);
	}
}

void
peer_eor_emitted(struct table *t, enum family family, set_id set)
{
	size_t nwords;
	const uint64_t *words = slotset_words(&t->sets, set, &nwords);

	for (unsigned slot = slotbits_next(words, nwords, 0); slot < nwords * 64;
	     slot = slotbits_next(words, nwords, slot + 1))
		peer_at(t, slot, family)->eor_pending = false;
}

/* ---- purge ---- */

/* Purges one slot; returns how many of max are left. */
static unsigned
purge_slot(struct table *t, uint16_t slot, enum family family, unsigned max)
{
	const struct peer_family *pf = peer_at(t, slot, family);

	for (; max > 0; max--) {
		if (pf->paths_first == 0 || !path_is_gone(t, path_at(t, pf->paths_first))) {
			slotbits_remove(t->purge[family], slot);
			t->purge_count--;
			return max;
		}
		path_remove(t, pf->paths_first);
	}
	return 0;
}

void
peer_purge_slice(struct table *t, unsigned max)
{
	while (max > 0 && t->purge_count > 0) {
		enum family f = t->purge_family = (t->purge_family + 1) % FAMILY_COUNT;
		unsigned slot = slotbits_next_round(t->purge[f], t->nwords, t->purge_at[f]);

		if (slot >= t->config.slots)
			continue;
		t->purge_at[f] = slot + 1;
		max = purge_slot(t, (uint16_t)slot, f, max);
	}
}
