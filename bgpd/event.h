/*
 * The event table and the alarm table: every log line and every alarm is a row here. Any process.
 *
 *   event_log(EVENT_SESSION_DOWN, "192.0.2.10", 42u, "hold timer expired");
 *   -> ... notice session-down peer=192.0.2.10 as=42 reason="hold timer expired"
 *
 * A row of EVENT_ROWS is
 *   X(enumerator, name, level, source key, fields, lines per source and minute, 0 = no limit)
 * Fields are "key=%conversion key=%conversion ..."; the compiler checks the arguments of every
 * event_log() against its row. Conversions: d, i, u, x, c, s, with l, ll, z, h, hh. A %s is quoted
 * and escaped by log.c where needed, so callers pass foreign text as it is.
 *
 * Who needs another event adds a row; the name is what operators grep for, so it never changes.
 *
 * Limits: per (event, source) and minute as the row says; over all sources of an event
 * EVENT_TOTAL_FACTOR times that, so that a stranger with many addresses gains nothing. What was
 * held back is told in one "suppressed" line per (event, source) at the end of its minute. The
 * memory of it is a fixed table; counters of event_count() count every event, written or not.
 */
#ifndef BGPD_EVENT_H
#define BGPD_EVENT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/log.h"

/* clang-format off */
#define EVENT_ROWS(X) \
	/* the daemon */ \
	X(START, "start", NOTICE, "instance", "version=%s pid=%d", 0) \
	X(STOP, "stop", NOTICE, "instance", "reason=%s", 0) \
	X(CONF_LOADED, "conf-loaded", NOTICE, "file", "generation=%u peers=%zu warnings=%zu", 0) \
	X(CONF_REFUSED, "conf-refused", ERROR, "file", "errors=%zu", 0) \
	X(CONF_ERROR, "conf-error", ERROR, "at", "text=%s", 60) \
	X(CONF_WARNING, "conf-warning", WARNING, "at", "text=%s", 60) \
	X(RELOAD, "reload", NOTICE, "by", "file=%s", 10) \
	X(CONF_NOTE, "conf-note", INFO, "at", "text=%s", 60) \
	X(LISTENING, "listening", NOTICE, "address", "port=%u", 0) \
	X(LISTEN_FAILED, "listen-failed", ERROR, "address", "port=%u error=%s", 10) \
	X(RIGHTS_DROPPED, "rights-dropped", INFO, "process", "user=%s", 0) \
	X(RIGHTS_KEPT, "rights-kept", WARNING, "process", "what=%s error=%s", 10) \
	X(LOG_LEVEL, "log-level", NOTICE, "by", "from=%s to=%s", 10) \
	X(LIMIT_LOW, "limit-low", WARNING, "what", "is=%zu wanted=%zu advice=%s", 0) \
	X(ENVIRONMENT, "environment", ERROR, "what", "error=%s", 10) \
	X(SUPPRESSED, "suppressed", NOTICE, "source", "event=%s count=%" PRIu64 " window_s=%u", 0) \
	X(ALARM_RAISED, "alarm-raised", WARNING, "source", "alarm=%s text=%s", 10) \
	X(ALARM_CLEARED, "alarm-cleared", NOTICE, "source", "alarm=%s after_s=%" PRIu64, 10) \
	/* processes */ \
	X(CHILD_STARTED, "child-started", NOTICE, "process", "pid=%d", 0) \
	X(CHILD_DIED, "child-died", ERROR, "process", "pid=%d how=%s", 0) \
	X(CHILD_RESTARTED, "child-restarted", NOTICE, "process", "pid=%d after_ms=%u", 0) \
	X(CHILD_HELD_DOWN, "child-held-down", CRITICAL, "process", "deaths=%u wait_s=%u", 0) \
	X(WORKER_KILLED, "worker-killed", ERROR, "process", "pid=%d reason=%s", 0) \
	X(RING_BROKEN, "ring-broken", CRITICAL, "process", "reason=%s", 10) \
	X(RECORD_REFUSED, "record-refused", ERROR, "process", "slot=%u type=%u reason=%s", 10) \
	X(LOG_GROWN, "log-grown", NOTICE, "process", "size_bytes=%" PRIu64, 10) \
	X(LOG_FULL, "log-full", WARNING, "process", "size_bytes=%" PRIu64 " dirty=%" PRIu64, 2) \
	/* connections */ \
	X(CONNECTION_UNKNOWN, "connection-unknown", INFO, "from", "to=%s", 3) \
	X(CONNECTION_REFUSED, "connection-refused", NOTICE, "from", "reason=%s", 3) \
	X(CONNECT_FAILED, "connect-failed", INFO, "peer", "error=%s", 5) \
	X(COLLISION, "collision", INFO, "peer", "kept=%s reason=%s", 5) \
	X(OPEN_REFUSED, "open-refused", WARNING, "peer", "as=%u reason=%s", 5) \
	X(OPEN_MISSING, "open-missing", NOTICE, "peer", "waited_s=%u", 5) \
	X(GARBAGE, "garbage", WARNING, "peer", "reason=%s octets=%s", 5) \
	/* sessions */ \
	X(SESSION_STATE, "session-state", DEBUG, "peer", "from=%s to=%s by=%s", 0) \
	X(SESSION_UP, "session-up", NOTICE, "peer", "as=%u hold_s=%u worker=%u", 20) \
	X(SESSION_DOWN, "session-down", WARNING, "peer", "as=%u reason=%s", 20) \
	X(NOTIFICATION_SENT, "notification-sent", NOTICE, "peer", \
	    "code=%u subcode=%u name=%s data=%s", 10) \
	X(NOTIFICATION_RECEIVED, "notification-received", NOTICE, "peer", \
	    "code=%u subcode=%u name=%s data=%s", 10) \
	X(SHUTDOWN_TEXT_BAD, "shutdown-text-bad", NOTICE, "peer", "text=%s octets=%s", 5) \
	X(HOLD_EXPIRED, "hold-expired", WARNING, "peer", "hold_s=%u", 10) \
	X(SEND_HOLD_EXPIRED, "send-hold-expired", WARNING, "peer", "send_hold_s=%u", 10) \
	X(END_OF_RIB_RECEIVED, "end-of-rib-received", DEBUG, "peer", "family=%s", 0) \
	X(END_OF_RIB_SENT, "end-of-rib-sent", DEBUG, "peer", "family=%s", 0) \
	X(REFRESH_RECEIVED, "refresh-received", INFO, "peer", "family=%s subtype=%u", 10) \
	X(REFRESH_IGNORED, "refresh-ignored", WARNING, "peer", "family=%s subtype=%u reason=%s", 10) \
	X(PEER_AWAITED, "peer-awaited", NOTICE, "peer", "routes=%" PRIu64 " wait_s=%u", 20) \
	X(PEER_GIVEN_UP, "peer-given-up", WARNING, "peer", "routes=%" PRIu64 " reason=%s", 20) \
	X(PEER_BACK, "peer-back", NOTICE, "peer", "routes=%" PRIu64 " wait_s=%u", 20) \
	X(STALE_SWEPT, "stale-swept", WARNING, "peer", "family=%s routes=%u reason=%s", 20) \
	X(TELLING_DEFERRED, "telling-deferred", NOTICE, "process", "wait_s=%u peers=%u", 0) \
	X(TELLING_BEGUN, "telling-begun", NOTICE, "process", \
	    "after_ms=%" PRIu64 " reason=%s missing=%u", 0) \
	X(PEER_PAUSED, "peer-paused", DEBUG, "peer", "reason=%s", 10) \
	X(PEER_LAGGING, "peer-lagging", WARNING, "peer", "unread_bytes=%" PRIu64, 10) \
	X(PEER_RECOVERED, "peer-recovered", NOTICE, "peer", "owed=%" PRIu64 " after_s=%" PRIu64, 10) \
	X(PEER_LAGGED_TOO_LONG, "peer-lagged-too-long", ERROR, "peer", "lagged_s=%" PRIu64, 10) \
	X(PEER_SHUTDOWN, "peer-shutdown", NOTICE, "peer", "by=%s text=%s", 0) \
	X(PEER_ENABLED, "peer-enabled", NOTICE, "peer", "by=%s", 0) \
	X(PEER_LIMITED, "peer-limited", ERROR, "peer", "after_s=%u text=%s", 0) \
	X(STATE_FILE, "state-file", WARNING, "file", "error=%s", 10) \
	X(PEER_CLEARED, "peer-cleared", NOTICE, "peer", "by=%s", 0) \
	X(PEER_HELD_DOWN, "peer-held-down", CRITICAL, "peer", "reason=%s", 0) \
	/* routes */ \
	X(UPDATE_WITHDRAWN, "update-treated-as-withdraw", WARNING, "peer", \
	    "update=%" PRIu64 " attribute=%u prefixes=%zu reason=%s", 20) \
	/* only behind one of these, so with its limit */ \
	X(UPDATE_NLRI, "update-nlri", WARNING, "peer", "update=%" PRIu64 " prefixes=%s", 0) \
	X(UPDATE_OCTETS, "update-octets", WARNING, "peer", \
	    "update=%" PRIu64 " at=%zu of=%zu octets=%s", 0) \
	X(ATTRIBUTE_DISCARDED, "attribute-discarded", NOTICE, "peer", "attribute=%u reason=%s", 20) \
	X(EMISSION_REFUSED, "emission-refused", CRITICAL, "process", \
	    "attribute=%u reason=%s octets=%zu", 20) \
	X(ROUTE_REJECTED, "route-rejected", INFO, "peer", "prefix=%s reason=%u text=%s value=%s", 20) \
	X(PATH_REFUSED, "path-refused", NOTICE, "peer", "prefix=%s path_id=%u limit=%u", 20) \
	X(LIMIT_NEAR, "limit-near", WARNING, "peer", \
	    "family=%s percent=%u limit=%u counted=%u", 5) \
	X(LIMIT_REACHED, "limit-reached", WARNING, "peer", \
	    "family=%s limit=%u counted=%u action=%s", 5) \
	/* control */ \
	X(CONTROL_FAILED, "control-failed", ERROR, "socket", "error=%s", 10) \
	X(CONTROL_DROPPED, "control-dropped", NOTICE, "socket", "reason=%s", 10) \
	X(CONTROL_COMMAND, "control-command", INFO, "socket", "command=%s", 20)

/* X(enumerator, name, level, what it means, what to do) */
#define ALARM_ROWS(X) \
	X(LISTEN_FAILED, "listen-failed", ERROR, \
	    "An address of daemon.listen could not be bound: no member reaches the server there.", \
	    "See whether another program holds the port (ss -ltnp), and whether the process may bind " \
	    "a port below 1024.") \
	X(LISTEN_ADDRESS_MISSING, "listen-address-missing", ERROR, \
	    "This host does not have an address of daemon.listen: no member reaches the server there.", \
	    "Bring the interface up, or correct daemon.listen. Members get in as soon as the address " \
	    "is there; nothing needs to be restarted.") \
	X(TELLING_DEFERRED, "telling-deferred", WARNING, \
	    "The server has just started and tells nobody any routes before the members with " \
	    "graceful restart have told theirs (RFC 4724 section 4.1).", \
	    "It ends by itself; `roostctl show summary` says how many are missing. Shorten " \
	    "graceful_restart.deferral_time if it takes too long.") \
	X(KEY_NOT_SET, "key-not-set", ERROR, \
	    "The TCP MD5 key of a peer could not be set: its connections are refused.", \
	    "See the text for what to raise, then `roostctl reload`.") \
	X(CHILD_DIED, "child-died", ERROR, \
	    "A process of the daemon died and is being replaced.", \
	    "If it comes again, keep the log lines before child-died and report them.") \
	X(CHILD_HELD_DOWN, "child-held-down", CRITICAL, \
	    "A process of the daemon died again and again and is started only after a wait.", \
	    "Its sessions are down. Keep the log lines before child-died and report them.") \
	X(PEER_HELD_DOWN, "peer-held-down", CRITICAL, \
	    "What this peer sent killed its process twice; the peer is kept down.", \
	    "Report the log lines; `roostctl enable PEER` tries it again.") \
	X(PEER_DISABLED, "peer-disabled", WARNING, \
	    "The peer has been shut down by an operator.", \
	    "`roostctl enable PEER` lets it come back.") \
	X(PEER_LAGGING, "peer-lagging", WARNING, \
	    "The peer does not read what is sent to it.", \
	    "Look at the member's port for loss or congestion and ask the member for its router's load.") \
	X(LOG_FULL, "log-full", ERROR, \
	    "There is no room in the egress log: changes wait until slow peers have been cut.", \
	    "See `roostctl show peers` for lagging peers; daemon.log_size raises the limit.") \
	X(RECORDS_REFUSED, "records-refused", ERROR, \
	    "A worker sent records that the table process refused.", \
	    "This is a defect or an attack on the worker: keep the log lines and report them.") \
	X(CONTROL_SOCKET_FAILED, "control-socket-failed", ERROR, \
	    "A control socket could not be made: roostctl cannot reach the daemon there.", \
	    "See that the directory of daemon.socket exists, is writable and has room.") \
	X(RELOAD_REFUSED, "reload-refused", ERROR, \
	    "The configuration was to be read again and was refused: the one before stays in force.", \
	    "Mend what the text names and `roostctl reload`.") \
	X(SECRET_WORLD_READABLE, "secret-world-readable", WARNING, \
	    "A file that holds a session password can be read by every user of this host.", \
	    "chmod o-r FILE") \
	X(PEER_LIMITED, "peer-limited", ERROR, \
	    "The peer announced more prefixes than it may; its session was ended.", \
	    "Ask the member what it leaks, raise its limit if that is right; then `roostctl clear PEER`.") \
	X(STATE_NOT_KEPT, "state-not-kept", WARNING, \
	    "What shall outlive a restart of the daemon could not be read or written.", \
	    "See the text; after a restart, look whether peers that were down for their limit are back.") \
	X(LIMIT_NEAR, "limit-near", WARNING, \
	    "A peer is near its limit of prefixes.", \
	    "See whether the member grows or leaks; max_prefix sets the limit.") \
	X(LIMIT_REACHED, "limit-reached", ERROR, \
	    "A peer has reached its limit of prefixes.", \
	    "See whether the member leaks; max_prefix sets the limit and what happens then.") \
	X(NO_POLICY, "no-policy", WARNING, \
	    "A peer has no policy: none of its routes is accepted (RFC 8212).", \
	    "Say `filters: none` for the peer if its routes are to be accepted unfiltered.") \
	X(UNFILTERED, "unfiltered", WARNING, \
	    "Clients with `filters: none` stand beside filtered ones: their routes reach every member " \
	    "unchecked.", \
	    "Remove `filters: none` from the client once its objects are in order.") \
	X(RPKI_OFF, "rpki-off", WARNING, \
	    "Origin validation is off: hijacks that RPKI would show are accepted.", \
	    "filtering.rpki_bgp_origin_validation.enabled: true, and feeds.rpki.") \
	X(RPKI_ACCEPTS_INVALID, "rpki-accepts-invalid", WARNING, \
	    "RPKI-invalid routes are accepted, though announced to nobody.", \
	    "filtering.rpki_bgp_origin_validation.reject_invalid: true.") \
	X(RPKI_NO_DATA, "rpki-no-data", ERROR, \
	    "Origin validation is on, but no file has VRPs: no route is found invalid.", \
	    "Name the files of your validator in feeds.rpki.") \
	X(IRR_ORIGIN_OFF, "irr-origin-off", WARNING, \
	    "Origin ASNs are not checked against the clients' AS-SETs.", \
	    "filtering.irrdb.enforce_origin_in_as_set: true.") \
	X(IRR_PREFIX_OFF, "irr-prefix-off", WARNING, \
	    "Prefixes are not checked against route objects.", \
	    "filtering.irrdb.enforce_prefix_in_as_set: true.") \
	X(IRR_NO_DATA, "irr-no-data", ERROR, \
	    "IRR checks are on, but no file has IRR data: nothing is authorised.", \
	    "Name the files in feeds.irr, or turn the checks off.") \
	X(MAX_PREFIX_OFF, "max-prefix-off", WARNING, \
	    "There is no limit on the prefixes of a client.", \
	    "filtering.max_prefix.action: shutdown, restart, block or warning.") \
	X(TRANSIT_FREE_OFF, "transit-free-off", WARNING, \
	    "Paths with transit-free networks behind a client, leaks as a rule, are accepted.", \
	    "filtering.transit_free.action: reject, and filtering.transit_free.asns.") \
	X(NEVER_VIA_OFF, "never-via-off", WARNING, \
	    "There is no list of networks that are never reached via route servers.", \
	    "feeds.peeringdb, or filtering.never_via_route_servers.asns.") \
	X(BOGONS_OFF, "bogons-off", WARNING, \
	    "There is no list of bogon prefixes.", \
	    "Name the file with the list in bogons.") \
	X(BLACK_LIST_OFF, "black-list-off", WARNING, \
	    "The global black list is empty: the peering LAN itself may be announced.", \
	    "Put the prefixes of the peering LAN into filtering.global_black_list_pref.") \
	X(INVALID_ASN_OFF, "invalid-asn-off", WARNING, \
	    "Paths with private or reserved ASNs are accepted.", \
	    "filtering.reject_invalid_as_in_as_path: true.") \
	X(CHECKS_OBSERVED, "checks-observed", WARNING, \
	    "Some checks only count what they would reject.", \
	    "`roostctl show policy` has the counts; remove the check from filtering.observe.") \
	X(RIGHTS_KEPT, "rights-kept", WARNING, \
	    "A process of the daemon could not give up rights that it does not need.", \
	    "See the log line rights-kept for what failed.")
/* clang-format on */

#define EVENT_TOTAL_FACTOR 10

/* Not enum event: libevent owns that tag. */
enum event_kind {
#define EVENT_ENUM(e, name, level, key, fields, limit) EVENT_##e,
	EVENT_ROWS(EVENT_ENUM)
#undef EVENT_ENUM
	    EVENT_COUNT
};

enum alarm {
#define ALARM_ENUM(a, name, level, text, advice) ALARM_##a,
	ALARM_ROWS(ALARM_ENUM)
#undef ALARM_ENUM
	    ALARM_COUNT
};

struct event_row {
	const char *name;
	enum log_level level;
	const char *source_key;
	const char *fields; /* "key=%conversion ..." */
	unsigned limit;	    /* lines per source and minute, 0 = no limit */
};

struct alarm_row {
	const char *name;
	enum log_level level;
	const char *text;
	const char *advice;
};

/* The rows' formats, by name, for the compiler to check calls against. */
#define EVENT_FORMAT(e, name, level, key, fields, limit) \
	static const char EVENT_##e##_format[] = fields;
EVENT_ROWS(EVENT_FORMAT)
#undef EVENT_FORMAT

const struct event_row *event_row(enum event_kind);
const struct alarm_row *alarm_row(enum alarm);

/*
 * event_log(EVENT_X, source, arguments of the row's fields...): counts the event and writes its
 * line where the level and the limits allow. EVENT_X is the enumerator itself, not a variable.
 * source (a peer's address, a process, a file) is any text; NULL leaves the source out. True if a
 * line was written.
 */
#define event_log(event, ...) event_write(event, event##_format, __VA_ARGS__)
bool event_write(enum event_kind, const char *format, const char *source, ...)
    __attribute__((format(printf, 2, 4)));

/* How often it happened in this process, lines held back included. */
uint64_t event_count(enum event_kind);

/* Writes the sums that are due. Call it about once a minute, and once before the process ends. */
void event_flush(bool all);

/*
 * The limiter by itself, time being a parameter: a fixed table of (event, source) with the start
 * of its minute, the lines let through and held back.
 */
struct event_limits;
typedef void event_sum_cb(void *arg, enum event_kind, const char *source, uint64_t held_back);

struct event_limits *event_limits_new(event_sum_cb *, void *arg);
void event_limits_free(struct event_limits *);
/* True if a line of (event, source) may be written now; may report sums on the way. */
bool event_limits_take(struct event_limits *, enum event_kind, const char *source, uint64_t now_ms);
/* Reports the sums of minutes that are over, or all of them. */
void event_limits_flush(struct event_limits *, uint64_t now_ms, bool all);

#define ALARM_SOURCE_MAX 64
#define ALARM_TEXT_MAX	 256

/* One alarm that stands. */
struct alarm_entry {
	enum alarm alarm;
	char source[ALARM_SOURCE_MAX]; /* peer, process, file: what it is about */
	char text[ALARM_TEXT_MAX];     /* the case at hand */
	uint64_t since_ms;	       /* clock_wall_ms() of the first raise */
	uint64_t raised;	       /* how often since then */
};

/*
 * The alarms that stand in a process, one per (alarm, source), at most max. Raising one that
 * stands replaces its text and counts. A raise that finds no room is counted as lost.
 */
struct alarm_set;

struct alarm_set *alarm_set_new(size_t max);
void alarm_set_free(struct alarm_set *);
/* No lines from now on: for a set whose alarms are passed on to a process that writes them. */
void alarm_set_mute(struct alarm_set *);
/*
 * True if the alarm is new. Writes alarm-raised then. The enumerator may come from another
 * process: one that is no row's is ignored. source may not be NULL.
 */
bool alarm_raise(struct alarm_set *, enum alarm, const char *source, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* True if it stood. Writes alarm-cleared then. */
bool alarm_clear(struct alarm_set *, enum alarm, const char *source);
/* In the order of raising; NULL behind the last. Valid until the next raise or clear. */
const struct alarm_entry *alarm_get(const struct alarm_set *, size_t index);
size_t alarm_count(const struct alarm_set *);
uint64_t alarm_lost(const struct alarm_set *);

#endif
