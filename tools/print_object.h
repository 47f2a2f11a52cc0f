/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: members of services and destinations, for lists, commands and JSON. */
#ifndef NFVSADM_PRINT_OBJECT_H
#define NFVSADM_PRINT_OBJECT_H

#include "print.h"

/* Is the present way of showing one of these? */
#define PRINT_BIT(mode)	(1u << (mode))
#define PRINT_STATS_MODES \
	(PRINT_BIT(PRINT_STATS) | PRINT_BIT(PRINT_FASTPATH) | \
	 PRINT_BIT(PRINT_RATE))

static inline bool print_in(const struct print_view *view, unsigned int modes)
{
	return modes & PRINT_BIT(view->mode);
}

/**
 * print_service_key() - what names a service
 * @e: output
 * @svc: service
 * @view: how; the text is a row's beginning or the options of a command
 */
void print_service_key(struct emit *e, const struct nfvs_service *svc,
		       const struct print_view *view);

/**
 * print_service_conf() - what can be set of a service
 * @e: output
 * @svc: service
 * @view: how
 */
void print_service_conf(struct emit *e, const struct nfvs_service *svc,
			const struct print_view *view);

/**
 * print_dest_key() - what names a destination in its service
 * @e: output
 * @svc: service
 * @dest: destination
 * @view: how, as in print_service_key()
 */
void print_dest_key(struct emit *e, const struct nfvs_service *svc,
		    const struct nfvs_dest *dest,
		    const struct print_view *view);

/**
 * print_dest_conf() - what can be set of a destination
 * @e: output
 * @dest: destination
 * @view: how
 */
void print_dest_conf(struct emit *e, const struct nfvs_dest *dest,
		     const struct print_view *view);

#endif /* NFVSADM_PRINT_OBJECT_H */
