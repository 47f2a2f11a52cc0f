// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: socket, transactions, errors. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

int nfvs_fail(struct nfvs_error *err, int errnum, const char *fmt, ...)
{
	va_list ap;

	err->errnum = errnum;
	err->op = -1;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -errnum;
}

int nfvs_nle_to_errno(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case NLE_NOMEM:
		return ENOMEM;
	case NLE_PERM:
		return EPERM;
	case NLE_NOACCESS:
		return EACCES;
	case NLE_AGAIN:
		return EAGAIN;
	case NLE_INTR:
		return EINTR;
	case NLE_MSGSIZE:
	case NLE_MSG_TOOSHORT:
	case NLE_MSG_TRUNC:
		return EMSGSIZE;
	case NLE_OBJ_NOTFOUND:
		return ENOENT;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return EPROTONOSUPPORT;
	default:
		return EIO;
	}
}

/*
 * Receive callbacks. They note results in the request under way and let the
 * socket be read up to the end of the answer, whatever went wrong, so that
 * nothing is left there for the next request.
 */

/*
 * libnl expects answers in step with requests; one that could not be sent would
 * put it out of step for good. What answers an earlier request is passed over.
 */
static int on_seq_check(struct nl_msg *msg, void *arg)
{
	const struct nfvs_sock *sock = arg;
	const struct nfvs_request *req = sock->req;

	return !req || nlmsg_hdr(msg)->nlmsg_seq == req->seq ? NL_OK : NL_SKIP;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct nfvs_sock *sock = arg;
	struct nfvs_request *req = sock->req;
	int ret;

	if (!req || req->result || !req->reply)
		return NL_OK;
	ret = req->reply(nlmsg_hdr(msg), req->arg);
	if (ret == -EBADMSG)
		req->result = nfvs_fail(req->err, EBADMSG,
					"malformed message from the kernel");
	else if (ret < 0)
		req->result = nfvs_fail(req->err, -ret, "%s", "");
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct nfvs_sock *sock = arg;

	(void)msg;
	if (sock->req)
		sock->req->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct nfvs_sock *sock = arg;

	(void)msg;
	if (sock->req)
		sock->req->interrupted = true;
	return NL_OK;
}

/* Extended acknowledgement: text and position, behind the fixed part. */
static void note_extack(struct nfvs_request *req, struct nlmsghdr *nlh,
			size_t fixed)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	struct nlattr *offs;
	int left;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	left = (int)nlh->nlmsg_len - NLMSG_HDRLEN - (int)NLMSG_ALIGN(fixed);
	if (left <= 0 ||
	    nla_parse(tb, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)nlmsg_data(nlh) +
					NLMSG_ALIGN(fixed)), left, NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(req->err->text, tb[NLMSGERR_ATTR_MSG],
			    sizeof(req->err->text));
	/* A missing attribute has no place; its parent has. */
	offs = tb[NLMSGERR_ATTR_OFFS];
	if (!offs)
		offs = tb[NLMSGERR_ATTR_MISS_NEST];
	if (offs && nla_len(offs) >= (int)sizeof(uint32_t)) {
		req->has_offset = true;
		req->offset = nla_get_u32(offs);
	}
}

static void note_error(struct nfvs_request *req, int error)
{
	/* A callback's own failure came first and is the cause. */
	if (!req->result)
		req->result = nfvs_fail(req->err, error < 0 ? -error : EIO,
					"%s", "");
}

/* A dump ends with NLMSG_DONE; its payload is 0 or the error that ended it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nfvs_sock *sock = arg;
	struct nfvs_request *req = sock->req;
	int error = 0;

	if (!req)
		return NL_STOP;
	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		req->interrupted = true;
	if (error < 0) {
		note_error(req, error);
		note_extack(req, nlh, sizeof(error));
	}
	req->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	struct nfvs_sock *sock = arg;
	struct nfvs_request *req = sock->req;
	size_t fixed = sizeof(*e);

	(void)who;
	if (!req)
		return NL_STOP;
	/* Without NETLINK_CAP_ACK the kernel repeats the whole request. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		fixed += e->msg.nlmsg_len - NLMSG_HDRLEN;
	note_error(req, e->error);
	note_extack(req, nlh, fixed);
	req->done = true;
	return NL_STOP;
}

struct nfvs_sock *nfvs_sock_wrap(struct nl_sock *nl, int family)
{
	struct nfvs_sock *sock = calloc(1, sizeof(*sock));

	if (!sock) {
		nl_socket_free(nl);
		return NULL;
	}
	sock->nl = nl;
	sock->family = family;
	nl_socket_modify_cb(nl, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_seq_check,
			    sock);
	nl_socket_modify_cb(nl, NL_CB_VALID, NL_CB_CUSTOM, on_reply, sock);
	nl_socket_modify_cb(nl, NL_CB_ACK, NL_CB_CUSTOM, on_ack, sock);
	nl_socket_modify_cb(nl, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, sock);
	nl_socket_modify_cb(nl, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted,
			    sock);
	nl_socket_modify_err_cb(nl, NL_CB_CUSTOM, on_error, sock);
	return sock;
}

/*
 * Options that older kernels may lack only make messages better or answers
 * smaller: a failure is no reason to give up.
 */
static void set_options(struct nl_sock *nl)
{
	static const int options[] = {
		NETLINK_EXT_ACK,
		NETLINK_CAP_ACK,
		NETLINK_GET_STRICT_CHK,
	};
	int fd = nl_socket_get_fd(nl);
	int one = 1;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, SOL_NETLINK, options[i], &one, sizeof(one));
}

int nfvs_open(struct nfvs_sock **sockp, struct nfvs_error *err)
{
	struct nl_sock *nl = nl_socket_alloc();
	int ret;

	*sockp = NULL;
	if (!nl)
		return nfvs_fail(err, ENOMEM, "%s", "");
	ret = genl_connect(nl);
	if (ret < 0) {
		nl_socket_free(nl);
		return nfvs_fail(err, nfvs_nle_to_errno(ret), "netlink: %s",
				 nl_geterror(ret));
	}
	ret = genl_ctrl_resolve(nl, NFVS_GENL_NAME);
	if (ret < 0) {
		nl_socket_free(nl);
		if (ret == -NLE_OBJ_NOTFOUND)
			return nfvs_fail(err, ENOPROTOOPT,
					 "no netlink family \"%s\"",
					 NFVS_GENL_NAME);
		return nfvs_fail(err, nfvs_nle_to_errno(ret), "netlink: %s",
				 nl_geterror(ret));
	}
	set_options(nl);
	*sockp = nfvs_sock_wrap(nl, ret);
	return *sockp ? 0 : nfvs_fail(err, ENOMEM, "%s", "");
}

void nfvs_close(struct nfvs_sock *sock)
{
	if (!sock)
		return;
	nl_socket_free(sock->nl);
	free(sock);
}

int nfvs_fd(const struct nfvs_sock *sock)
{
	return nl_socket_get_fd(sock->nl);
}

/*
 * A message must fit in the send buffer. The forced form needs CAP_NET_ADMIN,
 * which every request needs anyway; the kernel doubles what it is told.
 */
static void fit_send_buffer(struct nfvs_sock *sock, struct nl_msg *msg)
{
	int fd = nl_socket_get_fd(sock->nl);
	int need = (int)nlmsg_hdr(msg)->nlmsg_len + 4096;
	socklen_t len = sizeof(int);
	int have = 0;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &have, &len) < 0 ||
	    have >= need)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &need, sizeof(need)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &need, sizeof(need));
}

int nfvs_transact(struct nfvs_sock *sock, struct nl_msg *msg,
		  struct nfvs_request *req)
{
	struct nl_cb *cb;
	uint32_t len;
	int ret;

	if (!msg)
		return nfvs_fail(req->err, ENOMEM, "%s", "");
	fit_send_buffer(sock, msg);
	len = nlmsg_hdr(msg)->nlmsg_len;
	ret = nl_send_auto(sock->nl, msg);
	req->seq = nlmsg_hdr(msg)->nlmsg_seq;
	nlmsg_free(msg);
	if (ret == -NLE_MSGSIZE)
		return nfvs_fail(req->err, ENOBUFS,
				 "%u bytes exceed the send buffer, see net.core.wmem_max",
				 len);
	if (ret < 0)
		return nfvs_fail(req->err, nfvs_nle_to_errno(ret), "send: %s",
				 nl_geterror(ret));
	sock->req = req;
	cb = nl_socket_get_cb(sock->nl);
	while (!req->done) {
		ret = nl_recvmsgs_report(sock->nl, cb);
		/* on_error() has said more than the code it makes here. */
		if (req->done || ret > 0 || ret == -NLE_INTR)
			continue;
		req->result = nfvs_fail(req->err, nfvs_nle_to_errno(ret),
					"receive: %s",
					ret ? nl_geterror(ret) : "no answer");
		break;
	}
	nl_cb_put(cb);
	sock->req = NULL;
	return req->result;
}
