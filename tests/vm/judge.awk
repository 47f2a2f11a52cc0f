# SPDX-License-Identifier: GPL-2.0-only
# Judges the KTAP of a VM run: shows what failed, counts, sets the exit status.
#
# Variables: allow_skip (0: a skipped test counts as failed).
# Nothing is believed because it is missing: without a complete plan and the
# done marker the run has failed whatever else it printed.

function fail(text)
{
	print "# FAILED: " text
	failed++
}

# The lines of the sub-test just read, the last ones if there are many.
function show(title,	i)
{
	print "# ---- " title
	for (i = (nlines > 200 ? nlines - 199 : 1); i <= nlines; i++)
		print lines[i]
	print "# ----"
}

{ sub(/\r$/, "") }

/^    / {
	lines[++nlines] = $0
	if ($0 ~ /^    (not )?ok [0-9]+/) {
		sub_seen++
		if ($0 ~ /^    not ok/)
			sub_failed++
		else if ($0 ~ /# SKIP/ && !allow_skip)
			sub_skipped++
		else
			passed++
	}
	if ($0 ~ /^    1\.\.[0-9]+/)
		sub_plan = substr($1, 4) + 0
	next
}

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }

/^(not )?ok [0-9]+/ {
	bad = /^not ok/
	seen++
	number = bad ? $3 : $2
	name = $0
	sub(/^(not )?ok [0-9]+ /, "", name)
	if (number != seen)
		fail("top-level test " number " where " seen " was expected")
	is_audit = name ~ /: audit$/ || name == "kmemleak"
	skipped = name ~ /# SKIP/
	if (!bad && !skipped && !is_audit && (!sub_plan || sub_plan != sub_seen))
		sub_failed++
	if (bad || sub_failed || sub_skipped || (skipped && !allow_skip))
		show(name)
	if (sub_failed + sub_skipped > 0)
		failed += sub_failed + sub_skipped
	else if (bad || (skipped && !allow_skip))
		failed++
	else if (is_audit)
		passed++
	if (bad)
		fail_names = fail_names " [" name "]"
	else if (sub_failed || sub_skipped || (skipped && !allow_skip))
		fail_names = fail_names " [" name ": skip or plan]"
	nlines = sub_seen = sub_failed = sub_skipped = sub_plan = 0
	next
}

/^# nfvs-vm: done$/ { done = 1 }

END {
	if (nlines)
		show("unfinished")
	if (sub_failed)
		failed += sub_failed
	if (!plan)
		fail("no plan")
	else if (seen != plan)
		fail((seen + 0) " of " plan " top-level tests")
	if (!done)
		fail("no done marker: the guest did not get to its end")
	if (fail_names)
		print "# FAILED:" fail_names
	printf "%d passed, %d failed\n", passed, failed
	exit failed > 0
}
