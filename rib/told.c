/*
 * The comparison of old and new rows. For receivers without path ids a row is (form, set): another
 * path id alone is no change. With path ids it is (id, form, set).
 *
 *   announce:  new set - union of old sets with the same form (and id)
 *   withdraw:  union of old sets (of an id) - union of new sets (of that id)
 *
 * Rows bear the bits of both kinds of receivers; the audience's sets, one per class, tell them
 * apart. Almost always there is one old and one new row, kept inside the entry.
 */
#include "rib/told.h"

#include "rib/audience.h"
#include "rib/batch.h"
#include "rib/owed.h"
#include "rib/pathid.h"
#include "rib/share.h"

/* Where a change goes. */
struct change {
	struct table *table;
	uint32_t entry;
	const struct prefix *prefix;
	const struct region *region;
};

void
told_rows(const struct table *t, const struct entry *e, struct share_rows *out)
{
	const struct told_row *row = &e->told;

	out->count = 0;
	if (row->set == SLOTSET_EMPTY)
		return;
	for (;;) {
		GROW(out->rows, out->room, out->count + 1);
		out->rows[out->count++] = (struct share_row){row->path_id, row->form, row->set};
		if (row->next == 0)
			return;
		row = row_at(t, row->next);
	}
}

const struct told_row *
told_find(
    const struct table *t, const struct entry *e, unsigned slot, bool with_ids, uint32_t path_id)
{
	const struct told_row *row = &e->told;

	if (row->set == SLOTSET_EMPTY)
		return NULL;
	for (;;) {
		if ((!with_ids || row->path_id == path_id) && slotset_has(&t->sets, row->set, slot))
			return row;
		if (row->next == 0)
			return NULL;
		row = row_at(t, row->next);
	}
}

static bool
same_rows(const struct share_rows *a, const struct share_rows *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		if (a->rows[i].path_id != b->rows[i].path_id ||
		    a->rows[i].form != b->rows[i].form || a->rows[i].set != b->rows[i].set)
			return false;
	}
	return true;
}

/* ---- keeping rows ---- */

static void
keep_row(struct table *t, enum family family, struct told_row *row, const struct share_row *from)
{
	attrstore_ref(&t->attrs, from->form);
	slotset_ref(&t->sets, from->set);
	slotset_use(&t->sets, from->set, family, 1);
	pathid_ref(t, from->path_id);
	row->path_id = from->path_id;
	row->form = from->form;
	row->set = from->set;
}

static void
drop_row(struct table *t, enum family family, const struct share_row *row)
{
	slotset_use(&t->sets, row->set, family, -1);
	slotset_unref(&t->sets, row->set);
	attrstore_unref(&t->attrs, row->form);
	pathid_unref(t, row->path_id);
}

/* Puts the fresh rows in place of the old ones. */
static void
replace(struct table *t, struct entry *e)
{
	enum family family = e->family;
	uint32_t spare = e->told.next, next;
	struct told_row *row = &e->told;

	for (; spare != 0; spare = next) {
		next = row_at(t, spare)->next;
		arena_free(&t->rows, spare);
	}
	*row = (struct told_row){0};
	for (uint32_t i = 0; i < t->fresh.count; i++) {
		if (i > 0) {
			row->next = arena_alloc(&t->rows);
			row = row_at(t, row->next);
		}
		keep_row(t, family, row, &t->fresh.rows[i]);
	}
	for (uint32_t i = 0; i < t->old.count; i++)
		drop_row(t, family, &t->old.rows[i]);
}

/* ---- telling the difference ---- */

static void
owe_all(const struct change *c, set_id set, uint32_t path_id)
{
	struct table *t = c->table;
	size_t nwords;
	const uint64_t *words = slotset_words(&t->sets, set, &nwords);
	unsigned slot;

	for (slot = slotbits_next(words, nwords, 0); slot < nwords * 64;
	     slot = slotbits_next(words, nwords, slot + 1))
		owed_add(t, (uint16_t)slot, c->entry, path_id);
}

static void
tell(const struct change *c, enum emission_kind kind, bool with_ids, set_id set, attrs_id form,
    uint32_t path_id)
{
	struct table *t = c->table;
	unsigned left = c->region->classes & (with_ids ? CLASSES_ADD_PATH : CLASSES_PLAIN);
	set_id lagging = c->region->lagging[with_ids];

	if (set == SLOTSET_EMPTY)
		return;
	for (; left != 0; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		set_id to = slotset_and(&t->sets, set, c->region->to[class]);

		if (to != SLOTSET_EMPTY)
			batch_add(t, kind, (uint8_t) class, to, form, c->prefix, path_id);
	}
	if (lagging != SLOTSET_EMPTY)
		owe_all(c, slotset_and(&t->sets, set, lagging), path_id);
}

static void
tell_plain(const struct change *c, const struct share_rows *old, const struct share_rows *fresh)
{
	struct slotsets *sets = &c->table->sets;
	set_id had = SLOTSET_EMPTY, has = SLOTSET_EMPTY;

	for (uint32_t i = 0; i < old->count; i++)
		had = slotset_or(sets, had, old->rows[i].set);
	for (uint32_t i = 0; i < fresh->count; i++) {
		const struct share_row *row = &fresh->rows[i];
		set_id changed = row->set;

		has = slotset_or(sets, has, row->set);
		for (uint32_t k = 0; k < old->count; k++) {
			if (old->rows[k].form == row->form)
				changed = slotset_minus(sets, changed, old->rows[k].set);
		}
		tell(c, EMIT_ANNOUNCE, false, changed, row->form, 0);
	}
	tell(c, EMIT_WITHDRAW, false, slotset_minus(sets, had, has), 0, 0);
}

static void
tell_with_ids(const struct change *c, const struct share_rows *old, const struct share_rows *fresh)
{
	struct slotsets *sets = &c->table->sets;

	for (uint32_t i = 0; i < fresh->count; i++) {
		const struct share_row *row = &fresh->rows[i];
		set_id changed = row->set;

		for (uint32_t k = 0; k < old->count; k++) {
			if (old->rows[k].form == row->form && old->rows[k].path_id == row->path_id)
				changed = slotset_minus(sets, changed, old->rows[k].set);
		}
		tell(c, EMIT_ANNOUNCE, true, changed, row->form, row->path_id);
	}
	for (uint32_t k = 0; k < old->count; k++) {
		set_id gone = old->rows[k].set;

		for (uint32_t i = 0; i < fresh->count; i++) {
			if (fresh->rows[i].path_id == old->rows[k].path_id)
				gone = slotset_minus(sets, gone, fresh->rows[i].set);
		}
		tell(c, EMIT_WITHDRAW, true, gone, 0, old->rows[k].path_id);
	}
}

void
told_commit(struct table *t, uint32_t handle)
{
	struct entry *e = entry_at(t, handle);
	struct prefix prefix;
	struct change c = {.table = t, .entry = handle, .prefix = &prefix};

	share_entry(t, e, &t->fresh);
	told_rows(t, e, &t->old);
	if (same_rows(&t->old, &t->fresh))
		return;
	entry_prefix(t, e, &prefix);
	c.region = audience_at(t, &prefix);
	if ((c.region->classes & CLASSES_PLAIN) != 0 || c.region->lagging[0] != SLOTSET_EMPTY)
		tell_plain(&c, &t->old, &t->fresh);
	if ((c.region->classes & CLASSES_ADD_PATH) != 0 || c.region->lagging[1] != SLOTSET_EMPTY)
		tell_with_ids(&c, &t->old, &t->fresh);
	replace(t, e);
}
