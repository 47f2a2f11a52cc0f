#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nfvs: kernels 6.1 6.12
# nfvs: noload
# nfvs: timeout 900
# Debian's ipvsadm, as it is, first on ip_vs, then on nf_vs, in one boot: the same command
# lines, right and wrong ones, and the same traffic. What it prints, all it complains
# about and exit codes are equal. What differs on purpose is said by but_we_say and in
# the_same(), and nowhere else.
#
#   C -- D -- R1, R2 (NAT)
set -euo pipefail
# shellcheck source=tests/net/lib-diff.sh
. "${BASH_SOURCE[0]%/*}/lib-diff.sh"
: "${NFVS_REF:+$(skip_all 'is about both')}"

PROGRAM=/sbin/ipvsadm

commands=()

# say COMMAND...: a line each
say()
{
	commands+=("$@")
}

# What ipvsadm gives for the last command on nf_vs in place of what it gives on ip_vs.
declare -A differs=()
but_we_say()
{
	differs[$((${#commands[@]} - 1))]=$1
}

# All listings, in all modes.
list()
{
	local mode

	for mode in '' --stats --rate --thresholds --persistent-conn --tun-info; do
		say "-L -n $mode"
	done
	say '-Ln --nosort' '-S -n'
}

ask_usage()
{
	local option command

	say '' -h -v --help --version -L -l -Ln -L\ -n --list -S -C -Z --clear --zero \
		'-L --timeout' '-L --daemon' '-L --timeout --daemon' '-L -n -X' '-L --exact' \
		'-L --sort' '-L -n --stats --exact' '-L -t 10.0.0.1:80' '-L -n -f 1' '-L -n -f 1 -6' \
		'-L -n -t [2001:db8::1]:80' '-Ln --stats --rate --thresholds' \
		'-Ln -c --stats' '-Ln -c -t 10.0.0.1:80' '-Ln -c --daemon' 'foo' '-L foo' '-n' \
		'--nosuch' '-A' '-E' '-D' '-a' '-e' '-d' '-A -D' '-L -D' '--set' '--set 1' '--set 1 2' \
		'--set 1 2 x' '--set -1 2 3' '--set 0 0 0' '--set 2678401 1 1' '-R foo' '-S foo' \
		'-A -t' '-A -t x:y' '-A -u :80' '-A -t 10.0.0.1' '-A -t 10.0.0.1:0' '-A -f 0' '-A -f x' \
		'-A -f 4294967296' '-A -6 -f 1' '-A -t 10.0.0.1:80 -u 10.0.0.1:80' \
		'-A -t 10.0.0.1:80 -s' '-A -t 10.0.0.1:80 -s rr -s rr' '-A -t 10.0.0.1:80 -o' \
		'-A -t 10.0.0.1:80 -p 0' '-A -t 10.0.0.1:80 -p x' '-A -t 10.0.0.1:80 -p 2678401' \
		'-A -t 10.0.0.1:80 -b sh-port' '-A -t 10.0.0.1:80 -s mh -b foo' \
		'-A -t 10.0.0.1:80 -s sh -b mh-port' '-A -t [2001:db8::1]:80 -p -M 129' \
		'-A -t [2001:db8::1]:80 -p -M 0' '-A -t 10.0.0.1:80 -p -M x' \
		'-a -t 10.0.0.1:80' '-a -t 10.0.0.1:80 -r' '-a -t 10.0.0.1:80 -r x' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -g -m' '-a -t 10.0.0.1:80 -r 10.0.0.9 -w x' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -w -1' '-a -t 10.0.0.1:80 -r 10.0.0.9 -x -1' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -y x' '-a -t 10.0.0.1:80 -r [2001:db8::9]:80' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 --tun-type gue' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type gue' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type gue --tun-port 0' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type gre --tun-port 9' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type gre --tun-remcsum' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type gre --tun-csum --tun-nocsum' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type ipip --tun-csum' \
		'-a -t 10.0.0.1:80 -r 10.0.0.9 -i --tun-type x' \
		'--start-daemon' '--start-daemon x' '--start-daemon master --syncid 256' \
		'--start-daemon master --syncid x' '--start-daemon master --sync-maxlen 0' \
		'--start-daemon master --mcast-group 10.0.0.1' '--start-daemon master --mcast-ttl 0' \
		'--start-daemon master --mcast-port 0' '--start-daemon master --mcast-port 65536' \
		'--start-daemon backup --mcast-group ff02::zz' '--stop-daemon' '--stop-daemon x' \
		'--start-daemon master --mcast-interface nosuch' \
		'--start-daemon backup --mcast-interface nosuch' \
		'--stop-daemon master' '--stop-daemon backup' '--stop-daemon master --syncid 7'
	# Options that a command does not take.
	for option in '-s rr' '-p 5' '-M 255.0.0.0' '-r 10.0.0.9' '-g' '-w 1' '-x 1' '--stats' '-c' \
		'-n' '-o' '--pe sip' '--timeout' '-t 10.0.0.1:80' '--mcast-ttl 2' '-6'; do
		for command in '-D -t 10.0.0.1:80' '-d -t 10.0.0.1:80' -C -Z -S; do
			say "$command $option"
		done
	done
}

ask_services()
{
	local svc mask

	for svc in '-t 10.0.0.1:80' '-u 10.0.0.1:53' '--sctp-service 10.0.0.1:9' \
		'-t [2001:db8::1]:80' '-u [2001:db8::1]:53' '-f 1' '-f 1 -6' '-f 4294967295'; do
		say "-L -n $svc" "-D $svc" "-E $svc -s rr" "-Z $svc" "-a $svc -r 10.0.0.11:80 -i" \
			"-e $svc -r 10.0.0.11:80 -i" "-d $svc -r 10.0.0.11:80"
		say "-A $svc -s rr" "-A $svc -s rr" "-A $svc -s nosuch" "-A $svc" "-L -n $svc"
		say "-E $svc -s wlc" "-L -n $svc" "-E $svc -s nosuch" "-E $svc -s none" "-L -n $svc"
		say "-E $svc -s 123456789012345" "-E $svc -s 1234567890123456" "-E $svc" "-L -n $svc"
		say "-E $svc -s rr -p" "-L -n $svc" "-E $svc -s lc -p 2678400" "-L -n $svc" "-S -n"
		say "-E $svc -s wrr -p 60 -b flag-1,flag-2,flag-3" "-L -n $svc" "-E $svc -s rr -b flag-3"
		say "-L -n $svc" "-E $svc --pe nosuch" "-L -n $svc"
		for mask in 255.255.255.0 0.0.0.0 255.0.255.0 64 1 128; do
			say "-E $svc -p 10 -M $mask" "-L -n $svc"
		done
		say "-E $svc -o -s rr" "-L -n $svc" "-E $svc -s wlc" "-Z $svc"
	done
	say '-A -t 10.0.0.7:0 -p' '-A -t 10.0.0.8 -p 5' '-A -t 127.0.0.1:80' \
		'-A -t 0.0.0.0:80' '-A -t [::]:80' '-A -t localhost:http'
	list
	# Not beside the others: ipvsadm's order of addresses 2^31 apart goes in circles.
	say '-A -t 224.0.0.1:80' '-L -n -t 224.0.0.1:80' '-D -t 224.0.0.1:80'
	say '-L -n -t 127.0.0.1:80' '-L -n -t 10.0.0.7:0' '-D -t 10.0.0.7:0' '-D -t 10.0.0.7:80' \
		'-D -f 1 -6' '-D -f 1 -6' '-L -n'
}

ask_dests()
{
	local svc

	for svc in '-t 10.0.0.1:80' '-t [2001:db8::1]:80' '-f 4294967295'; do
		say "-a $svc -r 10.0.0.11" "-a $svc -r 10.0.0.11" "-a $svc -r 10.0.0.12:80 -m" \
			"-a $svc -r 10.0.0.12:81 -m -w 0" "-a $svc -r 10.0.0.13:0 -m -w 2147483647" \
			"-a $svc -r 10.0.0.14 -g -w 5" "-a $svc -r 10.0.0.15:80 -i" \
			"-a $svc -r 10.0.0.16:80 -m -x 10 -y 5" "-a $svc -r 10.0.0.17:80 -m -y 5" \
			"-a $svc -r 10.0.0.17:80 -m -x 5 -y 6" "-a $svc -r 10.0.0.17:80 -m -x 2147483647" \
			"-a $svc -r 224.0.0.1:80 -m" "-a $svc -r 0.0.0.0:80 -m" \
			"-a $svc -r 255.255.255.255:80 -m" "-a $svc -r 10.0.0.255:80 -m" \
			"-a $svc -r 127.0.0.1:80 -m" "-a $svc -r 192.0.2.1:80 -m" \
			"-a $svc -r [2001:db8::11]:80" "-a $svc -r [2001:db8::12]:80 -m -w 3" \
			"-a $svc -r [2001:db8::13]:80 -i -w 2" "-a $svc -r [2001:db8::13]:80 -i" \
			"-a $svc -r [ff02::1]:80 -i" "-a $svc -r [::]:80 -i" "-a $svc -r [::1]:80 -i"
		list
		say "-e $svc -r 10.0.0.12:80 -m -w 9" "-e $svc -r 10.0.0.12:80 -w 9" \
			"-e $svc -r 10.0.0.12:80 -i -w 7 -x 3" "-e $svc -r 10.0.0.99:80 -m" \
			"-e $svc -r 10.0.0.16:80 -m -y 1" "-e $svc -r 10.0.0.16:80 -m" \
			"-e $svc -r [2001:db8::12]:80 -i" "-e $svc -r [2001:db8::13]:80 -g" \
			"-L -n $svc" "-L -n $svc --thresholds" "-L -n $svc --persistent-conn" \
			"-L -n $svc --tun-info" "-L -n $svc --stats" "-L -n $svc --rate"
		say "-d $svc -r 10.0.0.11" "-d $svc -r 10.0.0.11" "-d $svc -r 10.0.0.12:80" \
			"-d $svc -r [2001:db8::13]:80" "-d $svc -r 10.0.0.99:1" "-L -n $svc" \
			"-L $svc --nosort -n" "-Z $svc"
	done
	list
	say -S -Z
}

ask_restore()
{
	say '-C' '-C' '-L -n'
	say '-R <<-A -t 10.1.0.1:80 -s rr|-a -t 10.1.0.1:80 -r 10.0.0.11:80 -m -w 3' '-S -n' \
		'-R <<ipvsadm -A -t 10.1.0.2:80 -s wrr||  -a   -t 10.1.0.2:80 -r 10.0.0.11' '-S -n' \
		'-R <<-A -t 10.1.0.3:80|-A -t 10.1.0.3:80|-A -t 10.1.0.4:80' '-S -n' \
		'-R <<-A -t 10.1.0.5:80|-A -t 10.1.0.4:80' '-S -n' \
		'-R <<-A -t 10.1.0.6:80|# what|-A -t 10.1.0.7:80' '-S -n' \
		'-R <<-A -t 10.1.0.8:80 # what|-A -t 10.1.0.9:80' '-S -n' \
		'-R <<-A -t 10.1.0.10:80 -s "rr"|-A -t 10.1.0.11:80' '-S -n' \
		'-R <<-D -t 10.1.0.2:80|--set 11 12 13|-E -t 10.1.0.1:80 -s lc|-Z' '-S -n' \
		'-L --timeout' '-R <<-A -t 10.1.0.12:80|-R' '-R <<-A -t 10.1.0.13:80|-L -n' \
		'-R <<-A -t 10.1.0.14:80|-v|-A -t 10.1.0.15:80' '-S -n' \
		'-R <<-C|-A -f 2 -6 -s rr -p 50 -M 96|-A -f 3 -s lc -o|-a -f 3 -r 10.0.0.1:0 -i' '-S -n'
	say '--set 100 20 30' '-L --timeout' '--set 0 7 0' '-L --timeout' '--set 2678400 0 0' \
		'-L --timeout' '--set 900 120 300' '-L --timeout' '-C' '-L -n'
}

# Each of these leaves nothing that the next would see.
ask_different()
{
	local sched tun role i=20

	# Schedulers that do not exist yet.
	for sched in sh dh mh sed nq fo ovf lblc lblcr; do
		say "-A -t 10.0.0.1:80 -s $sched"
		but_we_say '[255] Scheduler or persistence engine not found'
	done
	say '-C'
	# Persistence engines that do not exist yet.
	say '-A -u 10.0.0.1:5060 -s rr -p --pe sip'
	but_we_say '[255] Scheduler or persistence engine not found'
	say '-C'
	# Tunnels that do not exist yet; ipvsadm has one text for EOPNOTSUPP.
	say '-A -t 10.0.0.1:80'
	for tun in 'gue --tun-port 6080' 'gre' 'gre --tun-csum' 'gue --tun-port 1 --tun-remcsum'; do
		say "-a -t 10.0.0.1:80 -r 10.0.0.$((i++)) -i --tun-type $tun"
		but_we_say '[255] Operation not supported with IPv6'
	done
	say '-C' '-L -n'
	# Daemons that do not exist yet.
	for role in master backup; do
		say "--start-daemon $role --mcast-interface eth0 --syncid 3"
		but_we_say '[255] Operation not supported with IPv6'
		say "--stop-daemon $role"
		but_we_say '[255] No daemon is running'
	done
	say '-L --daemon'
}

# the_same OUTPUT COMMAND: what is to be equal, in $same
the_same()
{
	local out=$1

	# The connection table grows and shrinks.
	[[ ! $out =~ \(size=[0-9]+\) ]] || out=${out//"${BASH_REMATCH[0]}"/(size=N)}
	# ip_vs lists in the order of its hash.
	[[ $2 != *nosort* ]] || out=$(sort <<<"$out")
	printf -v same %s "$out"
}

ask_usage
ask_services
ask_dests
ask_restore
ask_different

plan $((${#commands[@]} + ${#ANSWERS[@]}))
diff_topology

declare -a theirs ours ref_traffic our_traffic
export ADM=ipvsadm STATS_LAG=8
load_reference
run_commands theirs $PROGRAM all
adm -C
run_traffic ref_traffic
# ipvsadm had these loaded.
unload_reference ip_vs_{sh,dh,mh,sed,nq,fo,ovf,lblc,lblcr} ip_vs_pe_sip

STATS_LAG=1
load_ours
run_commands ours $PROGRAM all
adm -C
run_traffic our_traffic

for i in "${!commands[@]}"; do
	the_same "${theirs[i]-nothing}" "${commands[i]}"
	expected=$same
	the_same "${ours[i]-nothing}" "${commands[i]}"
	if [[ -z ${differs[$i]-} ]]; then
		check_eq "${commands[i]//#/\\#}" "$expected" "$same"
	elif [[ $expected == "$same" ]]; then
		check_eq "${commands[i]}: a difference" "another answer" "$same"
	else
		check_eq "${commands[i]}" "${differs[$i]}" "${same%$'\n'}"
	fi
done
for i in "${!ANSWERS[@]}"; do
	the_same "${ref_traffic[i]-nothing}" ''
	expected=$same
	the_same "${our_traffic[i]-nothing}" ''
	# It reads a file that does not exist yet.
	[[ ${ANSWERS[i]} != *-c || -e /proc/net/ip_vs_conn ]] || expected="none could be listed"
	check_eq "traffic: ${ANSWERS[i]}" "$expected" "$same"
done
finish
