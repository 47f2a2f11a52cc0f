// SPDX-License-Identifier: GPL-2.0-only
/* libnfvs: events of the multicast group. */
#include "internal.h"

#include <errno.h>

#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

/* Room for what one big transaction announces while the reader is not at it. */
enum {
	EVENTS_ROOM = 16 << 20,
};

static void fit_receive_buffer(struct nfvs_sock *sock)
{
	int fd = nl_socket_get_fd(sock->nl);
	int room = EVENTS_ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

int nfvs_subscribe(struct nfvs_sock *sock, struct nfvs_error *err)
{
	int group = genl_ctrl_resolve_grp(sock->nl, NFVS_GENL_NAME,
					  NFVS_GENL_MCGRP_EVENTS);
	int ret;

	if (group < 0)
		return nfvs_fail(err, nfvs_nle_to_errno(group), "group: %s",
				 nl_geterror(group));
	/* Events answer no request of this socket: any number will do. */
	nl_socket_disable_seq_check(sock->nl);
	fit_receive_buffer(sock);
	ret = nl_socket_add_membership(sock->nl, group);
	if (ret < 0)
		return nfvs_fail(err, nfvs_nle_to_errno(ret), "group: %s",
				 nl_geterror(ret));
	return 0;
}

struct receiver {
	nfvs_event_cb *cb;
	void *arg;
};

static int event_reply(struct nlmsghdr *nlh, void *arg)
{
	struct receiver *receiver = arg;
	struct nfvs_event event;
	int ret = nfvs_decode_event(nlh, &event);

	return ret ? ret : receiver->cb(&event, receiver->arg);
}

int nfvs_read_events(struct nfvs_sock *sock, nfvs_event_cb *cb, void *arg,
		     struct nfvs_error *err)
{
	struct receiver receiver = { cb, arg };
	struct nfvs_request req = {
		.err = err,
		.reply = event_reply,
		.arg = &receiver,
	};
	int ret;

	sock->req = &req;
	ret = nl_recvmsgs_default(sock->nl);
	sock->req = NULL;
	if (req.result)
		return req.result;
	/* libnl's code for a receive buffer that overflowed is "no memory". */
	if (ret == -NLE_NOMEM)
		return nfvs_fail(err, ENOBUFS, "events were lost");
	if (ret < 0)
		return nfvs_fail(err, nfvs_nle_to_errno(ret), "receive: %s",
				 nl_geterror(ret));
	return 0;
}
