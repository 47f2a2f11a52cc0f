// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: --monitor: changes of the configuration as they happen. */
#define _GNU_SOURCE	/* ppoll() */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "app.h"
#include "print.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/*
 * Both signals are blocked except inside of ppoll(): none can come between the
 * look at stop and the wait.
 */
int cmd_monitor_wait(int fd, bool block)
{
	static const struct timespec now;
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	sigset_t blocked, before;
	int ret;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* They stay blocked from the second call on: unblock what is meant. */
	sigdelset(&before, SIGINT);
	sigdelset(&before, SIGTERM);
	while (!stop) {
		ret = ppoll(&poll, 1, block ? NULL : &now, &before);
		if (ret > 0)
			return 1;
		if (!ret)
			return -EAGAIN;
		if (ret < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
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
