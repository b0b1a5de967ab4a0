/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers choose how deep and how wide a tree is, so nothing here calls itself,
 * and nothing takes more than n log n.
 */
#include "model/evidence_order.h"

#include <stdlib.h>

#define NONE UINT32_MAX /* no place */

/* One process, while the tree is made. Links are indices into the array of these. */
struct node {
	uint32_t index;
	uint32_t pid;
	uint64_t start;
	uint32_t parent;
	uint32_t first_child;
	uint32_t last_child;
	uint32_t sibling;
	uint32_t seen; /* by the walk upwards that began there, counted from 1 */
	uint32_t depth;
};

struct nodes {
	struct node *items; /* as they began */
	uint32_t count;
};

static int
by_begin(const void *left, const void *right)
{
	const struct node *one = left, *other = right;
	if (one->start != other->start)
		return one->start < other->start ? -1 : 1;
	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return one->index < other->index ? -1 : one->index > other->index;
}

/* Where the process of that number stands among the nodes. */
struct numbered {
	uint32_t pid;
	uint32_t place;
};

static int
by_number(const void *left, const void *right)
{
	const struct numbered *one = left, *other = right;
	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return one->place < other->place ? -1 : one->place > other->place;
}

static int
is_number(const void *key, const void *item)
{
	const struct numbered *one = key, *other = item;
	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

static struct nodes
make_nodes(const struct evidence_tree *tree, struct arena *arena)
{
	struct nodes nodes = {.count = tree->count};
	nodes.items = arena_alloc(arena, (tree->count + 1) * sizeof(*nodes.items));
	for (uint32_t i = 0; i < tree->count; i++)
		nodes.items[i] = (struct node){.index = i,
		    .pid = tree->processes[i].pid,
		    .start = tree->processes[i].start,
		    .parent = NONE,
		    .first_child = NONE,
		    .last_child = NONE,
		    .sibling = NONE};
	if (tree->count)
		qsort(nodes.items, tree->count, sizeof(*nodes.items), by_begin);
	return nodes;
}

static void
find_parents(const struct evidence_tree *tree, struct nodes *nodes, struct arena *arena)
{
	struct numbered *numbers = arena_alloc(arena, (nodes->count + 1) * sizeof(*numbers));
	for (uint32_t i = 0; i < nodes->count; i++)
		numbers[i] = (struct numbered){nodes->items[i].pid, i};
	if (nodes->count)
		qsort(numbers, nodes->count, sizeof(*numbers), by_number);
	for (uint32_t i = 0; i < nodes->count; i++) {
		struct node *node = &nodes->items[i];
		struct numbered wanted = {.pid = tree->processes[node->index].parent};
		const struct numbered *found =
		    bsearch(&wanted, numbers, nodes->count, sizeof(*numbers), is_number);
		if (found && nodes->items[found->place].start <= node->start)
			node->parent = found->place;
	}
}

/* Of processes that began in the same tick each can still be the other's ancestor. */
static void
cut_cycles(struct nodes *nodes)
{
	for (uint32_t i = 0; i < nodes->count; i++) {
		uint32_t at = i;
		while (at != NONE && !nodes->items[at].seen) {
			nodes->items[at].seen = i + 1;
			uint32_t up = nodes->items[at].parent;
			if (up != NONE && nodes->items[up].seen == i + 1)
				nodes->items[at].parent = NONE;
			at = nodes->items[at].parent;
		}
	}
}

static void
link_children(struct nodes *nodes)
{
	for (uint32_t i = 0; i < nodes->count; i++) {
		struct node *node = &nodes->items[i];
		if (node->parent == NONE)
			continue;
		struct node *parent = &nodes->items[node->parent];
		if (parent->first_child == NONE)
			parent->first_child = i;
		else
			nodes->items[parent->last_child].sibling = i;
		parent->last_child = i;
	}
}

/* The process that follows in the tree of one topmost process; NONE: it is told. */
static uint32_t
next_of(struct nodes *nodes, uint32_t at)
{
	struct node *node = &nodes->items[at];
	if (node->first_child != NONE) {
		nodes->items[node->first_child].depth = node->depth + 1;
		return node->first_child;
	}
	while (node->sibling == NONE && node->parent != NONE)
		node = &nodes->items[node->parent];
	if (node->sibling != NONE)
		nodes->items[node->sibling].depth = node->depth;
	return node->sibling;
}

const struct evidence_place *
evidence_order(const struct evidence_tree *tree, struct arena *arena)
{
	struct evidence_place *places = arena_alloc(arena, (tree->count + 1) * sizeof(*places));
	struct nodes nodes = make_nodes(tree, arena);
	uint32_t count = 0;
	find_parents(tree, &nodes, arena);
	cut_cycles(&nodes);
	link_children(&nodes);
	for (uint32_t i = 0; i < nodes.count; i++) {
		if (nodes.items[i].parent != NONE)
			continue;
		for (uint32_t at = i; at != NONE; at = next_of(&nodes, at))
			places[count++] = (struct evidence_place){
			    nodes.items[at].index, nodes.items[at].depth};
	}
	return places;
}
