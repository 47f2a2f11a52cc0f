/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: all that one run of the program owns, and what commands share. */
#ifndef NFVSADM_APP_H
#define NFVSADM_APP_H

#include <stdio.h>

#include "emit.h"
#include "names.h"
#include "request.h"
#include "restore.h"
#include "table.h"

#define NFVSADM_VERSION		"v0.1"

/**
 * struct app - everything a run owns; app_free() releases it
 * @prog: name to call the program by
 * @in: standard input, for restore
 * @out: standard output
 * @err: standard error
 * @open: how to reach the kernel, nfvs_open() outside of tests
 * @load_module: how to load the module when the kernel lacks it
 * @subscribe: how to become a receiver of events
 * @wait: how to wait for an event, as cmd_monitor_wait()
 * @emit: where lists go
 */
struct app {
	const char *prog;
	FILE *in;
	FILE *out;
	FILE *err;
	int (*open)(struct nfvs_sock **sockp, struct nfvs_error *err);
	int (*load_module)(void);
	int (*subscribe)(struct nfvs_sock *sock, struct nfvs_error *err);
	int (*wait)(int fd, bool block);

	struct emit emit;
	struct request req;
	struct nfvs_sock *sock;
	struct nfvs_info info;
	struct nfvs_error error;
	struct table table;
	struct restore restore;
};

/**
 * app_init() - prepare a run with the process's own streams and kernel
 * @app: run
 * @prog: program name
 */
void app_init(struct app *app, const char *prog);

/**
 * app_free() - release all that a run owns
 * @app: run
 */
void app_free(struct app *app);

/**
 * app_connect() - reach the kernel, loading the module if it is missing
 * @app: run; a failure has been reported
 *
 * Return: 0 or the exit code.
 */
int app_connect(struct app *app);

/**
 * app_refused() - report what app->error holds
 * @app: run
 * @cmd: NFVS_CMD_* that failed, for the wording
 * @exit_code: what to exit with
 *
 * Return: @exit_code.
 */
int app_refused(struct app *app, uint8_t cmd, int exit_code);

/**
 * app_error_text() - ipvsadm's words for an errno
 * @cmd: NFVS_CMD_* that failed, 0 for none
 * @errnum: positive errno
 *
 * Return: text.
 */
const char *app_error_text(uint8_t cmd, int errnum);

/**
 * app_names() - how the request wants addresses and ports shown
 * @app: run
 *
 * Return: names.
 */
const struct names *app_names(const struct app *app);

/**
 * nfvsadm_run() - the program
 * @app: run, initialised
 * @argc: number of words
 * @argv: words
 *
 * Return: exit code.
 */
int nfvsadm_run(struct app *app, int argc, char **argv);

/* One function per command. Return: exit code. */
int cmd_change(struct app *app);
int cmd_list(struct app *app);
int cmd_list_conns(struct app *app);
int cmd_list_config(struct app *app);
int cmd_list_counters(struct app *app);
int cmd_save(struct app *app);
int cmd_restore(struct app *app);
int cmd_monitor(struct app *app);
int cmd_help(struct app *app);
int cmd_version(struct app *app);

/**
 * cmd_monitor_wait() - wait for an event or for SIGINT or SIGTERM
 * @fd: socket
 * @block: not only look
 *
 * Return: 1; 0 when it is time to end; -EAGAIN when there is none; other -errno.
 */
int cmd_monitor_wait(int fd, bool block);

/**
 * cmd_complete() - what the last word may become, one candidate a line
 * @app: run; nothing has been parsed
 * @argc: number of words
 * @argv: words of the command line that is being written, without the
 *	program's name; the last may be empty
 *
 * This is what the shell's completion asks; it is in no manual. Mistakes are
 * none: there are no candidates then.
 *
 * Return: 0.
 */
int cmd_complete(struct app *app, int argc, char **argv);

#endif /* NFVSADM_APP_H */
