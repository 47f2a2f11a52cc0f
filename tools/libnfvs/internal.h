/* SPDX-License-Identifier: GPL-2.0-only */
/* libnfvs: encoders, decoders and socket internals; for the library and its tests. */
#ifndef LIBNFVS_INTERNAL_H
#define LIBNFVS_INTERNAL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "libnfvs.h"

/* encode.c: requests; NULL means no memory. */

/**
 * nfvs_encode_simple() - request without attributes
 * @family: family id
 * @flags: netlink flags, e.g. NLM_F_DUMP
 * @cmd: NFVS_CMD_*
 *
 * Return: message or NULL.
 */
struct nl_msg *nfvs_encode_simple(int family, int flags, uint8_t cmd);

/**
 * nfvs_encode_of_service() - request that carries a service's identity only
 * @family: family id
 * @flags: netlink flags
 * @cmd: NFVS_CMD_*
 * @svc: the service
 *
 * Return: message or NULL.
 */
struct nl_msg *nfvs_encode_of_service(int family, int flags, uint8_t cmd,
				      const struct nfvs_service *svc);

/**
 * nfvs_encode_op() - one change by its own command
 * @family: family id
 * @op: the change
 *
 * Return: message or NULL.
 */
struct nl_msg *nfvs_encode_op(int family, const struct nfvs_op *op);

/**
 * nfvs_encode_batch() - BATCH request
 * @family: family id
 * @ops: changes
 * @n: how many
 * @offs: where to note each OP's offset from the netlink header
 *
 * Return: message or NULL.
 */
struct nl_msg *nfvs_encode_batch(int family, const struct nfvs_op *ops,
				 size_t n, uint32_t *offs);

/**
 * nfvs_batch_index() - which operation does an error's offset point at
 * @offs: offsets of the operations, ascending
 * @n: how many
 * @off: NLMSGERR_ATTR_OFFS
 *
 * Return: index, or -1 when @off points before the first one.
 */
int nfvs_batch_index(const uint32_t *offs, size_t n, uint32_t off);

/*
 * decode.c: each parses one nest (or message). Return: 0 or -EBADMSG when a
 * mandatory attribute is missing or an attribute has the wrong size.
 */
int nfvs_decode_service(struct nlattr *nest, struct nfvs_service *svc);
/* svc_af: the family when it is left out, as in requests; 0: it must be there. */
int nfvs_decode_dest(struct nlattr *nest, uint8_t svc_af,
		     struct nfvs_dest *dest);
int nfvs_decode_config(struct nlattr *nest, struct nfvs_config *config);
int nfvs_decode_conn(struct nlattr *nest, struct nfvs_conn *conn);
int nfvs_decode_info(struct nlattr *nest, struct nfvs_info *info);
int nfvs_decode_counter(struct nlattr *nest, struct nfvs_counter *counter);
/* Of a batch: op is the operation before, zeroed for the first. */
int nfvs_decode_op(struct nlattr *nest, struct nfvs_op *op);
int nfvs_decode_event(struct nlmsghdr *nlh, struct nfvs_event *event);

/* sock.c */

/* A reply message; a negative return fails the request. */
typedef int nfvs_reply_fn(struct nlmsghdr *nlh, void *arg);

struct nfvs_request {
	struct nfvs_error *err;
	nfvs_reply_fn *reply;
	void *arg;

	uint32_t seq;		/* that its answers carry */
	bool done;
	bool interrupted;
	bool has_offset;
	uint32_t offset;	/* of the refused attribute in the request */
	int result;		/* 0 or -errno */
};

struct nfvs_sock {
	struct nl_sock *nl;
	int family;
	struct nfvs_request *req;	/* the one under way */
};

/**
 * nfvs_sock_wrap() - make a socket of a libnl socket
 * @nl: libnl socket; owned by the result, freed on failure
 * @family: family id
 *
 * This is the seam where the unit tests put their own kernel.
 *
 * Return: socket or NULL.
 */
struct nfvs_sock *nfvs_sock_wrap(struct nl_sock *nl, int family);

/**
 * nfvs_transact() - send a request and receive all that answers it
 * @sock: socket
 * @msg: message, freed here; NULL counts as out of memory
 * @req: err, reply and arg set by the caller
 *
 * Return: 0 or -errno.
 */
int nfvs_transact(struct nfvs_sock *sock, struct nl_msg *msg,
		  struct nfvs_request *req);

/**
 * nfvs_fail() - describe an error
 * @err: description
 * @errnum: positive errno
 * @fmt: text
 *
 * Return: -@errnum.
 */
int nfvs_fail(struct nfvs_error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * nfvs_nle_to_errno() - the errno nearest to a libnl error
 * @nle: libnl error, either sign
 *
 * Return: positive errno.
 */
int nfvs_nle_to_errno(int nle);

#endif /* LIBNFVS_INTERNAL_H */
