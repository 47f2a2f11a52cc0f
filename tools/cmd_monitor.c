// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: --monitor: changes of the configuration as they happen. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "app.h"
#include "print.h"

/*
 * The signals stay blocked from the first wait on and are read like events, so
 * that none comes at a wrong moment. Closed by the end of the process.
 */
static int signals(void)
{
	static int fd = -1;
	sigset_t set;

	if (fd >= 0)
		return fd;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd;
}

int cmd_monitor_wait(int fd, bool block)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signals(), .events = POLLIN },
	};
	int ret = poll(fds, 2, block ? -1 : 0);

	if (ret < 0)
		return -errno;
	if (!ret)
		return -EAGAIN;
	return fds[1].revents ? 0 : 1;
}

static int on_event(const struct nfvs_event *event, void *arg)
{
	struct app *app = arg;

	print_event(&app->emit, event, app_names(app));
	/* A reader of a pipe shall not wait for the next. */
	fflush(app->out);
	return 0;
}

static int failed(struct app *app, int errnum)
{
	app->error = (struct nfvs_error){ .errnum = errnum };
	return app_refused(app, 0, EXIT_LIST);
}

/*
 * Ends with success when told to; nfvsadm_run() looks at output that failed. The
 * kernel queues nothing more after a loss until its queue has been emptied, which
 * then holds what came before: the loss is said behind that.
 */
int cmd_monitor(struct app *app)
{
	bool lost = false;
	int ret;

	if (app->subscribe(app->sock, &app->error))
		return app_refused(app, 0, EXIT_LIST);
	while (!ferror(app->out)) {
		ret = app->wait(nfvs_fd(app->sock), !lost);
		if (ret == -EAGAIN) {
			print_lost(&app->emit);
			fflush(app->out);
			lost = false;
			continue;
		}
		if (ret < 0)
			return failed(app, -ret);
		if (!ret)
			return 0;
		ret = nfvs_read_events(app->sock, on_event, app, &app->error);
		if (ret && ret != -ENOBUFS)
			return app_refused(app, 0, EXIT_LIST);
		lost |= ret;
	}
	return 0;
}
