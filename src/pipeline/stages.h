/* stages.h: the entries of the catalogue, one file a family. */
#ifndef PIPELINE_STAGES_H
#define PIPELINE_STAGES_H

#include "pipeline/catalogue.h"

/* stage_bytes.c: bytes in, bytes out */
extern const struct entry weir_pl_entry_gzip, weir_pl_entry_gunzip;

/* stage_compress.c: the same by other libraries */
extern const struct entry weir_pl_entry_zstd, weir_pl_entry_unzstd, weir_pl_entry_lz4,
    weir_pl_entry_unlz4, weir_pl_entry_brotli, weir_pl_entry_unbrotli, weir_pl_entry_xz,
    weir_pl_entry_unxz, weir_pl_entry_bzip2, weir_pl_entry_unbzip2, weir_pl_entry_deflate,
    weir_pl_entry_inflate, weir_pl_entry_zlib, weir_pl_entry_unzlib;

/* stage_encode.c: as text, and back */
extern const struct entry weir_pl_entry_base64, weir_pl_entry_unbase64, weir_pl_entry_hex,
    weir_pl_entry_unhex;

/* stage_hash.c: told at the end */
extern const struct entry weir_pl_entry_sha256, weir_pl_entry_xxh3, weir_pl_entry_crc32;

/* stage_open.c: a source, and a stage */
extern const struct entry weir_pl_entry_open, weir_pl_entry_decompress;

/* stage_merge.c: behind several sources at once */
extern const struct entry weir_pl_entry_merge;

/* stage_lines.c, stage_to.c: lines out of bytes, and bytes out of items */
extern const struct entry weir_pl_entry_lines, weir_pl_entry_split, weir_pl_entry_to;
/* header=no: of `to csv` and `to tsv`. */
bool weir_pl_to_has_no_header(const struct node *node);
/* The longest line that comes into a node. */
size_t weir_pl_lines_longest(const struct node *node);
/* Places in the args of lines. */
enum { LINES_MAX, LINES_UTF8 };

/* stage_frame.c: runs of bytes behind their length, and back */
extern const struct entry weir_pl_entry_frame, weir_pl_entry_unframe;
/* The longest item that it gives. */
size_t weir_pl_frame_longest(const struct node *node);

/* stage_items.c: lines in, lines out */
extern const struct entry weir_pl_entry_grep, weir_pl_entry_take, weir_pl_entry_skip,
    weir_pl_entry_head;

/* stage_uniq.c, stage_select.c: some of what came, by what stands around it */
extern const struct entry weir_pl_entry_uniq, weir_pl_entry_last, weir_pl_entry_sample;

/* stage_throttle.c */
extern const struct entry weir_pl_entry_throttle;

/* stage_dead.c */
extern const struct entry weir_pl_entry_dead;

/* stage_from.c: records out of bytes */
extern const struct entry weir_pl_entry_from;

/* stage_records.c: records in, records out */
extern const struct entry weir_pl_entry_where, weir_pl_entry_pick, weir_pl_entry_set,
    weir_pl_entry_rename;

/* stage_sort.c */
extern const struct entry weir_pl_entry_sort, weir_pl_entry_stats;

/* stage_count.c */
extern const struct entry weir_pl_entry_count;

/* stage_paced.c */
extern const struct entry weir_pl_entry_rate, weir_pl_entry_buffer, weir_pl_entry_meter,
    weir_pl_entry_timeout;

/* stage_follow.c: sources */
extern const struct entry weir_pl_entry_tail, weir_pl_entry_glob, weir_pl_entry_watch;

/* stage_make.c: sources */
extern const struct entry weir_pl_entry_seq, weir_pl_entry_random, weir_pl_entry_zero,
    weir_pl_entry_every;

/* stage_batch.c */
extern const struct entry weir_pl_entry_batch, weir_pl_entry_unbatch;
/* The most bytes that a batch of it comes to, newlines included. */
size_t weir_pl_batch_bytes_max(const struct node *node);

/* stage_exec.c, stage_par.c */
extern const struct entry weir_pl_entry_exec, weir_pl_entry_par;
/* What on-error says of an exec. */
const struct arg *weir_pl_exec_policy(const struct node *node);

/* stage_retry.c */
extern const struct entry weir_pl_entry_retry;

/* stage_tee.c */
extern const struct entry weir_pl_entry_tee;
/* How another chain calls it; NULL: it writes a file. */
const char *weir_pl_tee_name(const struct node *node);

/* stage_net.c: addresses of connections, and of commands */
extern const struct entry weir_pl_entry_tcp_source, weir_pl_entry_tcp_sink,
    weir_pl_entry_unix_source, weir_pl_entry_unix_sink, weir_pl_entry_tls_source,
    weir_pl_entry_tls_sink, weir_pl_entry_tcp_listen_source, weir_pl_entry_tcp_listen_sink,
    weir_pl_entry_unix_listen_source, weir_pl_entry_unix_listen_sink, weir_pl_entry_exec_source,
    weir_pl_entry_exec_sink;

/* stage_nats.c, stage_kafka.c, stage_redis.c */
extern const struct entry weir_pl_entry_nats_source, weir_pl_entry_nats_sink,
    weir_pl_entry_kafka_source, weir_pl_entry_kafka_sink, weir_pl_entry_redis_source,
    weir_pl_entry_redis_sink;

/* stage_save.c */
extern const struct entry weir_pl_entry_save;

/* stage_http.c, stage_http_get.c */
extern const struct entry weir_pl_entry_http_source, weir_pl_entry_http_sink,
    weir_pl_entry_https_source, weir_pl_entry_https_sink, weir_pl_entry_http_get;
/* http:[ADDRESS:]PORT, which serve listens to. */
extern const struct entry weir_pl_entry_http_listen;
/* What on-error says of an http-get. */
const struct arg *weir_pl_http_get_policy(const struct node *node);

/* sink.c */
extern const struct entry weir_pl_entry_null, weir_pl_entry_print;

#endif
