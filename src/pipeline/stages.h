/* stages.h: the entries of the catalogue, one file a family. */
#ifndef PIPELINE_STAGES_H
#define PIPELINE_STAGES_H

#include "pipeline/catalogue.h"

/* stage_bytes.c: bytes in, bytes out */
extern const struct entry entry_gzip, entry_gunzip;

/* stage_compress.c: the same by other libraries */
extern const struct entry entry_zstd, entry_unzstd, entry_lz4, entry_unlz4, entry_brotli,
    entry_unbrotli, entry_xz, entry_unxz, entry_bzip2, entry_unbzip2, entry_deflate, entry_inflate,
    entry_zlib, entry_unzlib;

/* stage_encode.c: as text, and back */
extern const struct entry entry_base64, entry_unbase64, entry_hex, entry_unhex;

/* stage_hash.c: told at the end */
extern const struct entry entry_sha256, entry_xxh3, entry_crc32;

/* stage_open.c: a source, and a stage */
extern const struct entry entry_open, entry_decompress;

/* stage_merge.c: behind several sources at once */
extern const struct entry entry_merge;

/* stage_lines.c, stage_to.c: lines out of bytes, and bytes out of items */
extern const struct entry entry_lines, entry_split, entry_to;
/* header=no: of `to csv` and `to tsv`. */
bool to_has_no_header(const struct node *node);
/* The longest line that comes into a node. */
size_t lines_longest(const struct node *node);
/* Places in the args of lines. */
enum { LINES_MAX, LINES_UTF8 };

/* stage_frame.c: runs of bytes behind their length, and back */
extern const struct entry entry_frame, entry_unframe;
/* The longest item that it gives. */
size_t frame_longest(const struct node *node);

/* stage_items.c: lines in, lines out */
extern const struct entry entry_grep, entry_take, entry_skip, entry_head;

/* stage_uniq.c, stage_select.c: some of what came, by what stands around it */
extern const struct entry entry_uniq, entry_last, entry_sample;

/* stage_throttle.c */
extern const struct entry entry_throttle;

/* stage_dead.c */
extern const struct entry entry_dead;

/* stage_from.c: records out of bytes */
extern const struct entry entry_from;

/* stage_records.c: records in, records out */
extern const struct entry entry_where, entry_pick, entry_set, entry_rename;

/* stage_sort.c */
extern const struct entry entry_sort, entry_stats;

/* stage_count.c */
extern const struct entry entry_count;

/* stage_paced.c */
extern const struct entry entry_rate, entry_buffer, entry_meter, entry_timeout;

/* stage_follow.c: sources */
extern const struct entry entry_tail, entry_glob, entry_watch;

/* stage_make.c: sources */
extern const struct entry entry_seq, entry_random, entry_zero, entry_every;

/* stage_batch.c */
extern const struct entry entry_batch, entry_unbatch;
/* The most bytes that a batch of it comes to, newlines included. */
size_t batch_bytes_max(const struct node *node);

/* stage_exec.c, stage_par.c */
extern const struct entry entry_exec, entry_par;
/* What on-error says of an exec. */
const struct arg *exec_policy(const struct node *node);

/* stage_retry.c */
extern const struct entry entry_retry;

/* stage_tee.c */
extern const struct entry entry_tee;
/* How another chain calls it; NULL: it writes a file. */
const char *tee_name(const struct node *node);

/* stage_net.c: addresses of connections, and of commands */
extern const struct entry entry_tcp_source, entry_tcp_sink, entry_unix_source, entry_unix_sink,
    entry_tls_source, entry_tls_sink, entry_tcp_listen_source, entry_tcp_listen_sink,
    entry_unix_listen_source, entry_unix_listen_sink, entry_exec_source, entry_exec_sink;

/* stage_nats.c, stage_kafka.c, stage_redis.c */
extern const struct entry entry_nats_source, entry_nats_sink, entry_kafka_source, entry_kafka_sink,
    entry_redis_source, entry_redis_sink;

/* stage_save.c */
extern const struct entry entry_save;

/* stage_http.c, stage_http_get.c */
extern const struct entry entry_http_source, entry_http_sink, entry_https_source, entry_https_sink,
    entry_http_get;
/* http:[ADDRESS:]PORT, which serve listens to. */
extern const struct entry entry_http_listen;
/* What on-error says of an http-get. */
const struct arg *http_get_policy(const struct node *node);

/* sink.c */
extern const struct entry entry_null, entry_print;

#endif
