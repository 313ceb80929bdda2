/*
 * A YAML document as a tree whose nodes know where they stand. Built from libyaml's events.
 *
 *   cfg:                 MAP --+-- key "cfg", value MAP --+-- key "rs_as", value SCALAR "64500"
 *     rs_as: 64500
 *
 * Invariants: keys of a map are scalars, none twice (a merge key "<<" has been resolved); depth,
 * anchors and the number of nodes seen by a full walk are limited, so that a walk over a tree with
 * aliases (which share nodes) takes no longer than its file deserves. Parent only.
 */
#ifndef BGPD_CONF_TREE_H
#define BGPD_CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "bgpd/conf/source.h"

#define TREE_NODES_MAX	 1000000 /* every alias counted as what it stands for */
#define TREE_DEPTH_MAX	 32
#define TREE_ANCHORS_MAX 1000

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node;

struct child {
	struct node *key; /* MAP: a scalar; LIST: NULL */
	struct node *value;
};

struct node {
	enum node_kind kind;
	bool is_plain; /* a scalar without quotes */
	const struct source_file *file;
	unsigned line; /* from 1 */
	unsigned col;  /* from 1, in characters */
	char *text;    /* SCALAR: terminated, without zero octets */
	size_t count;  /* LIST, MAP: children */
	size_t room;
	struct child *children;
	size_t weight; /* nodes of a walk from here */
};

struct tree;

/*
 * Parses a source, which must outlive the tree. NULL with errors in the report. The root of an
 * empty document is NULL.
 */
struct tree *tree_parse(const struct source *, struct conf_report *);
/* Wipes scalars, which may be passwords. */
void tree_free(struct tree *);

const struct node *tree_root(const struct tree *);

/* True for what YAML calls null: nothing, ~, null. A quoted text never is. */
bool node_is_null(const struct node *);
/* "a text", "a list", "a mapping", "nothing". */
const char *node_kind_name(const struct node *);
/* The value of a key of a map, or NULL. */
const struct node *node_find(const struct node *map, const char *key);

#endif
