/* SPDX-License-Identifier: GPL-2.0-only */
/* libnfvs: user-space access to nf_vs through its generic netlink family. */
#ifndef LIBNFVS_H
#define LIBNFVS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#include <linux/nf_vs.h>

/*
 * One socket and one family look-up serve any number of requests. Nothing here
 * prints, exits or keeps state outside struct nfvs_sock. Every function that
 * can fail returns 0 or -errno and describes the failure in a struct
 * nfvs_error; the description is undefined after success.
 *
 * Ports, marks and counters are in host order; addresses in network order.
 */

#define NFVS_ERROR_TEXT_MAX	255

/**
 * struct nfvs_error - why a request failed
 * @errnum: positive errno value
 * @op: index of the operation of a batch that was refused, -1 if unknown or
 *	if the request was no batch
 * @text: the kernel's explanation, or the library's own; may be empty
 */
struct nfvs_error {
	int errnum;
	int op;
	char text[NFVS_ERROR_TEXT_MAX + 1];
};

union nfvs_ip {
	struct in_addr v4;
	struct in6_addr v6;
	uint8_t bytes[16];
};

struct nfvs_stats {
	uint64_t conns;
	uint64_t in_pkts;
	uint64_t out_pkts;
	uint64_t in_bytes;
	uint64_t out_bytes;
	uint64_t cps;
	uint64_t in_pps;
	uint64_t out_pps;
	uint64_t in_bps;
	uint64_t out_bps;
	uint64_t fast_pkts;			/* of in_pkts and out_pkts */
};

/* Identity: af and (fwmark, or proto, addr and port when fwmark is 0). */
struct nfvs_service {
	uint8_t af;
	uint16_t proto;
	uint16_t port;
	uint32_t fwmark;
	union nfvs_ip addr;
	char sched[NFVS_SCHED_NAME_MAX + 1];	/* empty: the kernel's default */
	bool no_fastpath;
	uint32_t flags;				/* enum nfvs_svc_flag */
	uint32_t timeout;			/* of persistence, seconds */
	struct in_addr netmask;			/* AF_INET: all ones by default */
	uint8_t plen;				/* AF_INET6: 128 by default */
	char pe[NFVS_PE_NAME_MAX + 1];		/* empty: no engine */

	uint32_t dest_count;			/* replies only */
	struct nfvs_stats stats;
};

enum {
	NFVS_PLEN_MAX = 128,
};

/* Identity inside its service: af, addr and port. */
struct nfvs_dest {
	uint8_t af;
	uint8_t method;				/* enum nfvs_method */
	uint8_t tun_type;			/* enum nfvs_tun_type */
	uint16_t port;
	union nfvs_ip addr;
	uint32_t weight;
	uint32_t upper;				/* thresholds, 0 = none */
	uint32_t lower;

	uint32_t active;			/* replies only */
	uint32_t inactive;
	uint32_t persistent;			/* templates */
	struct nfvs_stats stats;
};

/* Timeouts in seconds; 0 in a request leaves the value as it is. */
struct nfvs_config {
	uint32_t tcp;
	uint32_t tcp_fin;
	uint32_t udp;
};

#define NFVS_STATE_NAME_MAX	15

struct nfvs_conn {
	uint8_t af;
	uint8_t dest_af;
	uint8_t proto;
	uint8_t method;
	uint16_t client_port;
	uint16_t virtual_port;
	uint16_t dest_port;
	uint32_t expires;			/* seconds left */
	union nfvs_ip client;
	union nfvs_ip virtual;
	union nfvs_ip dest;
	char state[NFVS_STATE_NAME_MAX + 1];
};

struct nfvs_info {
	uint32_t version;
	uint32_t conn_tab_size;
	uint32_t services;
	uint32_t conns;
};

struct nfvs_counter {
	char name[NFVS_COUNTER_NAME_MAX + 1];
	uint64_t value;
};

/**
 * struct nfvs_op - one change of the configuration
 * @cmd: NFVS_CMD_NEW/SET/DEL_SERVICE, NEW/SET/DEL_DEST, FLUSH, ZERO, SET_CONFIG
 * @has_service: only looked at for ZERO: that service instead of all
 * @svc: all commands but FLUSH and SET_CONFIG
 * @dest: NEW/SET/DEL_DEST
 * @config: SET_CONFIG
 */
struct nfvs_op {
	uint8_t cmd;
	bool has_service;
	struct nfvs_service svc;
	struct nfvs_dest dest;
	struct nfvs_config config;
};

/**
 * struct nfvs_dump - how a dump went
 * @interrupted: the configuration changed meanwhile: repeat the listing
 * @has_generation: @generation is known (not of an empty dump)
 * @generation: generation number of the configuration that was listed
 */
struct nfvs_dump {
	bool interrupted;
	bool has_generation;
	uint32_t generation;
};

/**
 * struct nfvs_event - a change that the kernel announced
 * @cmd: NFVS_NTF_*
 */
struct nfvs_event {
	uint8_t cmd;
	bool has_service;
	bool has_dest;
	bool has_config;
	bool has_generation;
	uint32_t generation;
	struct nfvs_service svc;
	struct nfvs_dest dest;
	struct nfvs_config config;
};

/* Called per object; a negative return ends the dump with that error. */
typedef int nfvs_service_cb(const struct nfvs_service *svc, void *arg);
typedef int nfvs_dest_cb(const struct nfvs_dest *dest, void *arg);
typedef int nfvs_conn_cb(const struct nfvs_conn *conn, void *arg);
typedef int nfvs_counter_cb(const struct nfvs_counter *counter, void *arg);
typedef int nfvs_event_cb(const struct nfvs_event *event, void *arg);

struct nfvs_sock;

/**
 * nfvs_open() - connect and look the family up
 * @sockp: the new socket, NULL on failure
 * @err: why it failed
 *
 * Return: 0; -ENOPROTOOPT when the kernel has no such family; other -errno.
 */
int nfvs_open(struct nfvs_sock **sockp, struct nfvs_error *err);

/**
 * nfvs_close() - release a socket
 * @sock: socket or NULL
 */
void nfvs_close(struct nfvs_sock *sock);

/**
 * nfvs_execute() - one change, by its own command
 * @sock: socket
 * @op: the change
 * @err: why it failed
 *
 * Return: 0 or -errno.
 */
int nfvs_execute(struct nfvs_sock *sock, const struct nfvs_op *op,
		 struct nfvs_error *err);

/**
 * nfvs_batch() - any number of changes in one message, all or nothing
 * @sock: socket
 * @ops: changes in order
 * @n: how many; 0 does nothing
 * @err: why it failed; its op member tells which change was refused
 *
 * Return: 0 or -errno.
 */
int nfvs_batch(struct nfvs_sock *sock, const struct nfvs_op *ops, size_t n,
	       struct nfvs_error *err);

/**
 * nfvs_get_info() - version and sizes
 * @sock: socket
 * @info: result
 * @err: why it failed
 *
 * Return: 0 or -errno.
 */
int nfvs_get_info(struct nfvs_sock *sock, struct nfvs_info *info,
		  struct nfvs_error *err);

/**
 * nfvs_get_config() - the timeouts
 * @sock: socket
 * @config: result
 * @err: why it failed
 *
 * Return: 0 or -errno.
 */
int nfvs_get_config(struct nfvs_sock *sock, struct nfvs_config *config,
		    struct nfvs_error *err);

/**
 * nfvs_get_service() - one service
 * @sock: socket
 * @key: its identity
 * @svc: result, may be the same object as @key
 * @err: why it failed
 *
 * Return: 0; -ESRCH when there is no such service; other -errno.
 */
int nfvs_get_service(struct nfvs_sock *sock, const struct nfvs_service *key,
		     struct nfvs_service *svc, struct nfvs_error *err);

/**
 * nfvs_get_counters() - named counters, in the kernel's order
 * @sock: socket
 * @cb: called for each
 * @arg: passed to @cb
 * @err: why it failed
 *
 * Return: 0 or -errno.
 */
int nfvs_get_counters(struct nfvs_sock *sock, nfvs_counter_cb *cb, void *arg,
		      struct nfvs_error *err);

/**
 * nfvs_dump_services() - all services of the namespace
 * @sock: socket
 * @cb: called for each
 * @arg: passed to @cb
 * @dump: how it went
 * @err: why it failed
 *
 * Return: 0 (also when interrupted, see @dump) or -errno.
 */
int nfvs_dump_services(struct nfvs_sock *sock, nfvs_service_cb *cb, void *arg,
		       struct nfvs_dump *dump, struct nfvs_error *err);

/**
 * nfvs_dump_dests() - all destinations of one service
 * @sock: socket
 * @svc: identity of the service
 * @cb: called for each
 * @arg: passed to @cb
 * @dump: how it went
 * @err: why it failed
 *
 * Return: 0 (also when interrupted, see @dump) or -errno.
 */
int nfvs_dump_dests(struct nfvs_sock *sock, const struct nfvs_service *svc,
		    nfvs_dest_cb *cb, void *arg, struct nfvs_dump *dump,
		    struct nfvs_error *err);

/**
 * nfvs_dump_conns() - all connections of the namespace
 * @sock: socket
 * @cb: called for each
 * @arg: passed to @cb
 * @dump: how it went
 * @err: why it failed
 *
 * Return: 0 (also when interrupted, see @dump) or -errno.
 */
int nfvs_dump_conns(struct nfvs_sock *sock, nfvs_conn_cb *cb, void *arg,
		    struct nfvs_dump *dump, struct nfvs_error *err);

/**
 * nfvs_subscribe() - turn a socket into a receiver of events
 * @sock: socket, from now on only for nfvs_read_events()
 * @err: why it failed
 *
 * Return: 0 or -errno.
 */
int nfvs_subscribe(struct nfvs_sock *sock, struct nfvs_error *err);

/**
 * nfvs_fd() - the file descriptor to poll for events
 * @sock: socket
 *
 * Return: the descriptor.
 */
int nfvs_fd(const struct nfvs_sock *sock);

/**
 * nfvs_read_events() - wait for events and hand them over
 * @sock: subscribed socket
 * @cb: called for each
 * @arg: passed to @cb
 * @err: why it failed
 *
 * Return: 0 after at least one message; -ENOBUFS when events were lost (list
 * again); other -errno.
 */
int nfvs_read_events(struct nfvs_sock *sock, nfvs_event_cb *cb, void *arg,
		     struct nfvs_error *err);

#endif /* LIBNFVS_H */
