// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: tables and events as the commands that make them. */
#include "print_object.h"

void print_save(struct emit *e, const struct table *table,
		const struct names *names)
{
	const struct print_view view = { PRINT_COMMAND, true, names };
	size_t i, j;

	for (i = 0; i < table->n_services; i++) {
		const struct table_service *entry = &table->services[i];

		emit_text(e, "-A ");
		print_service_key(e, &entry->svc, &view);
		print_service_conf(e, &entry->svc, &view);
		emit_text(e, "\n");
		for (j = 0; j < entry->n_dests; j++) {
			emit_text(e, "-a ");
			print_service_key(e, &entry->svc, &view);
			print_dest_key(e, &entry->svc, &entry->dests[j],
				       &view);
			print_dest_conf(e, &entry->dests[j], &view);
			emit_text(e, "\n");
		}
	}
}

/**
 * struct event_kind - an event
 * @name: for JSON, that of the header in lower case
 * @command: for text
 * @has_conf: not only the object's identity
 */
struct event_kind {
	const char *name;
	const char *command;
	bool has_conf;
};

static const struct event_kind kinds[] = {
	[NFVS_NTF_SERVICE_NEW] = { "service_new", "-A", true },
	[NFVS_NTF_SERVICE_SET] = { "service_set", "-E", true },
	[NFVS_NTF_SERVICE_DEL] = { "service_del", "-D", false },
	[NFVS_NTF_DEST_NEW] = { "dest_new", "-a", true },
	[NFVS_NTF_DEST_SET] = { "dest_set", "-e", true },
	[NFVS_NTF_DEST_DEL] = { "dest_del", "-d", false },
	[NFVS_NTF_FLUSHED] = { "flush", "-C", false },
	[NFVS_NTF_ZEROED] = { "zero", "-Z", false },
	[NFVS_NTF_CONFIG_SET] = { "config_set", "--set", false },
};

static void event_service(struct emit *e, const struct nfvs_event *event,
			  const struct print_view *view, bool has_conf)
{
	emit_open(e, "service", '{');
	emit_text(e, " ");
	print_service_key(e, &event->svc, view);
	if (has_conf)
		print_service_conf(e, &event->svc, view);
	emit_close(e, '}');
}

static void event_dest(struct emit *e, const struct nfvs_event *event,
		       const struct print_view *view, bool has_conf)
{
	emit_open(e, "dest", '{');
	print_dest_key(e, &event->svc, &event->dest, view);
	if (has_conf)
		print_dest_conf(e, &event->dest, view);
	emit_close(e, '}');
}

void print_event(struct emit *e, const struct nfvs_event *event,
		 const struct names *names)
{
	const struct print_view view = { PRINT_COMMAND, true, names };
	const struct event_kind *kind;

	/* Later kernels may tell of more. */
	if (event->cmd >= sizeof(kinds) / sizeof(kinds[0]) ||
	    !kinds[event->cmd].name)
		return;
	kind = &kinds[event->cmd];
	emit_open(e, NULL, '{');
	emit_str(e, "event", kind->name, "%s", kind->command);
	if (event->has_service)
		event_service(e, event, &view,
			      kind->has_conf && !event->has_dest);
	if (event->has_dest)
		event_dest(e, event, &view, kind->has_conf);
	if (event->has_config) {
		emit_open(e, "config", '{');
		print_config_members(e, &event->config);
		emit_close(e, '}');
	} else {
		emit_text(e, "\n");
	}
	if (event->has_generation)
		emit_uint(e, "generation", event->generation, NULL);
	emit_close(e, '}');
}

void print_lost(struct emit *e)
{
	emit_open(e, NULL, '{');
	emit_str(e, "event", "lost", "# events were lost: list again\n");
	emit_close(e, '}');
}
