/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: the services and destinations of a namespace, as listed. */
#ifndef NFVSADM_TABLE_H
#define NFVSADM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "libnfvs/libnfvs.h"

struct table_service {
	struct nfvs_service svc;
	struct nfvs_dest *dests;
	size_t n_dests;
	size_t room;
};

/**
 * struct table - a listing
 * @services: in the kernel's order until sorted
 * @torn: the configuration kept changing while it was read
 */
struct table {
	struct table_service *services;
	size_t n_services;
	size_t room;
	bool torn;
};

/**
 * table_load() - read all, or one service
 * @table: result; empty before
 * @sock: socket
 * @only: the service, or NULL for all
 * @sorted: in ipvsadm's order, not the kernel's
 * @err: why it failed
 *
 * A listing that the configuration changed under is read again, a bounded
 * number of times; then the last one is kept and marked torn.
 *
 * Return: 0 or -errno.
 */
int table_load(struct table *table, struct nfvs_sock *sock,
	       const struct nfvs_service *only, bool sorted,
	       struct nfvs_error *err);

/**
 * table_add_service() - append a service
 * @table: table
 * @svc: service
 *
 * Return: 0 or -ENOMEM.
 */
int table_add_service(struct table *table, const struct nfvs_service *svc);

/**
 * table_add_dest() - append a destination
 * @entry: service
 * @dest: destination
 *
 * Return: 0 or -ENOMEM.
 */
int table_add_dest(struct table_service *entry, const struct nfvs_dest *dest);

/**
 * table_sort() - bring a table into ipvsadm's order
 * @table: table
 *
 * Return: 0 or -ENOMEM.
 */
int table_sort(struct table *table);

/**
 * table_free() - release what a table holds
 * @table: table, empty afterwards
 */
void table_free(struct table *table);

#endif /* NFVSADM_TABLE_H */
