/*
 * Paths. Import never rewrites: a path is what the member sent plus the verdict of import policy,
 * rejected paths stay with their reason.
 *
 * A slot's paths of a family form a list in which generations ascend: what a session announces or
 * announces again moves to the tail, so that the purge finds what is left of older sessions at the
 * head. Counters of received and accepted paths are the current session's: paths of a session that
 * is over count nothing any more, so they do not eat into the limit of the next one.
 */
#include "rib/path.h"

#include "rib/entry.h"
#include "rib/pathid.h"
#include "rib/reach.h"

bool
path_is_stale(const struct table *t, const struct path *path)
{
	const struct peer *peer = &t->peers[path->slot];

	return !peer->up || path->generation != peer->generation;
}

static void
list_append(struct table *t, struct peer_family *pf, uint32_t handle)
{
	struct path *path = path_at(t, handle);

	path->peer_prev = pf->paths_last;
	path->peer_next = 0;
	if (pf->paths_last != 0)
		path_at(t, pf->paths_last)->peer_next = handle;
	else
		pf->paths_first = handle;
	pf->paths_last = handle;
}

static void
list_remove(struct table *t, struct peer_family *pf, uint32_t handle)
{
	const struct path *path = path_at(t, handle);

	if (path->peer_prev != 0)
		path_at(t, path->peer_prev)->peer_next = path->peer_next;
	else
		pf->paths_first = path->peer_next;
	if (path->peer_next != 0)
		path_at(t, path->peer_next)->peer_prev = path->peer_prev;
	else
		pf->paths_last = path->peer_prev;
}

/* Takes a path out of everything but its memory. */
static void
detach(struct table *t, uint32_t handle)
{
	struct path *path = path_at(t, handle);
	struct entry *e = entry_at(t, path->entry);
	struct peer_family *pf = peer_at(t, path->slot, e->family);

	entry_unlink(t, e, handle);
	list_remove(t, pf, handle);
	if (!path_is_stale(t, path)) {
		pf->received--;
		pf->accepted -= path->accepted;
	}
	if (path->accepted)
		entry_mark_dirty(t, path->entry);
	if (path->reach != 0)
		reach_unref(t, path->reach);
	attrstore_unref(&t->attrs, path->attrs);
}

void
path_remove(struct table *t, uint32_t handle)
{
	uint32_t entry = path_at(t, handle)->entry;

	detach(t, handle);
	pathid_unref(t, path_at(t, handle)->sent_id);
	arena_free(&t->paths, handle);
	entry_release(t, entry);
}

/* Links a filled path into everything. */
static void
attach(struct table *t, uint32_t handle)
{
	struct path *path = path_at(t, handle);
	struct entry *e = entry_at(t, path->entry);
	struct peer_family *pf = peer_at(t, path->slot, e->family);

	attrstore_ref(&t->attrs, path->attrs);
	if (path->accepted)
		path->reach = reach_ref(t, path->attrs, path->tags);
	entry_link(t, e, handle);
	list_append(t, pf, handle);
	pf->received++;
	pf->accepted += path->accepted;
	if (path->accepted)
		entry_mark_dirty(t, path->entry);
}

static void
judge(const struct table *t, uint16_t slot, const struct prefix *prefix, attrs_id attrs,
    struct verdict *out)
{
	const struct attr *attr = attrstore_at(&t->attrs, attrs);
	struct path_view view = {.prefix = prefix,
	    .block = attr->block,
	    .block_len = attr->len,
	    .facts = &attr->facts,
	    .block_serial = attr->serial,
	    .slot = slot};

	*out = (struct verdict){.local_pref = 100};
	t->config.policy.judge(t->config.policy.ctx, &view, out);
}

static bool
is_unchanged(const struct path *path, const struct path *fresh)
{
	return path->generation == fresh->generation && path->attrs == fresh->attrs &&
	    path->local_pref == fresh->local_pref && path->tags == fresh->tags &&
	    path->reason == fresh->reason && path->accepted == fresh->accepted;
}

void
path_put(struct table *t, uint16_t slot, uint32_t entry, uint32_t old, const struct prefix *prefix,
    uint32_t path_id, attrs_id attrs, uint32_t now_s)
{
	const struct peer *peer = &t->peers[slot];
	struct verdict verdict;
	struct path fresh = {.entry = entry,
	    .attrs = attrs,
	    .path_id = path_id,
	    .bgp_id = peer->bgp_id,
	    .received_s = now_s,
	    .generation = peer->generation,
	    .slot = slot};

	judge(t, slot, prefix, attrs, &verdict);
	fresh.local_pref = verdict.local_pref;
	fresh.tags = verdict.tags;
	fresh.accepted = verdict.accept;
	fresh.reason = verdict.accept ? TABLE_REASON_NONE : verdict.reason;
	if (old == 0) {
		fresh.sent_id = pathid_take(t, slot, path_id);
		old = arena_alloc(&t->paths);
	} else {
		if (is_unchanged(path_at(t, old), &fresh))
			return;
		fresh.sent_id = path_at(t, old)->sent_id;
		attrstore_ref(&t->attrs, attrs);
		detach(t, old);
		attrstore_unref(&t->attrs, attrs);
	}
	*path_at(t, old) = fresh;
	attach(t, old);
}
