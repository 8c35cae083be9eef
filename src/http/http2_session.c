/* nghttp2's session: what it tells us came, what it asks for, and what is too much of either. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "core/stage.h"
#include "http/http2.h"

#define HTTP2_SESSION_SECOND_NS 1000000000ull

/* ---- memory ---- */

/* nghttp2 does not say how much it gives back: that stands before it. */
enum { SIZE_ROOM = WEIR_ALIGN };

static void *take_memory(size_t size, void *arg)
{
    (void)arg;
    size_t *block = size > SIZE_MAX - SIZE_ROOM ? NULL : weir_pool_allocate(size + SIZE_ROOM);
    if (!block)
        return NULL;
    *block = size;
    return (char *)block + SIZE_ROOM;
}

static size_t *http2_session_block_of(void *memory)
{
    return (size_t *)(void *)((char *)memory - SIZE_ROOM);
}

static void give_memory(void *memory, void *arg)
{
    (void)arg;
    if (memory)
        weir_pool_release(http2_session_block_of(memory),
                          *http2_session_block_of(memory) + SIZE_ROOM);
}

static void *take_zeroed(size_t n, size_t size, void *arg)
{
    size_t bytes;
    void *memory = __builtin_mul_overflow(n, size, &bytes) ? NULL : take_memory(bytes, arg);
    return memory ? memset(memory, 0, bytes) : NULL;
}

static void *resize_memory(void *memory, size_t size, void *arg)
{
    if (!memory)
        return take_memory(size, arg);
    size_t before = *http2_session_block_of(memory);
    void *larger = take_memory(size, arg);
    if (!larger)
        return NULL;
    memcpy(larger, memory, before < size ? before : size);
    give_memory(memory, arg);
    return larger;
}

static nghttp2_mem http2_session_hooks = {NULL, take_memory, give_memory, take_zeroed,
                                          resize_memory};

nghttp2_mem *weir_http2_memory(void)
{
    return &http2_session_hooks;
}

/* nghttp2 opens the connection's window when half of it was consumed. That never comes while bodies
 * that nobody reads hold more than the other half. */
int weir_http2_consumed(nghttp2_session *session, int32_t id, size_t n, size_t *owed, size_t least)
{
    int32_t before = nghttp2_session_get_effective_recv_data_length(session);
    int error = id ? nghttp2_session_consume(session, id, n)
                   : nghttp2_session_consume_connection(session, n);
    bool told = nghttp2_session_get_effective_recv_data_length(session) < before;
    *owed = told ? 0 : *owed + n;
    if (error || *owed < least)
        return error;
    int32_t all = (int32_t)*owed;
    *owed = 0;
    return nghttp2_submit_window_update(session, NGHTTP2_FLAG_NONE, 0, all);
}

/* ---- too much ---- */

void weir_http2_calm(struct weir_http2 *self)
{
    if (self->calm)
        return;
    self->calm = true;
    nghttp2_session_terminate_session(self->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static void http2_session_refill(struct weir_http2 *self)
{
    uint64_t passed_ns = self->now_ns - self->glitches_ns;
    uint64_t more = passed_ns / (HTTP2_SESSION_SECOND_NS / WEIR_HTTP2_GLITCHES_S);
    if (self->now_ns < self->glitches_ns || !more)
        return;
    self->glitches_ns += more * (HTTP2_SESSION_SECOND_NS / WEIR_HTTP2_GLITCHES_S);
    uint64_t all = self->glitches + more;
    self->glitches = all < WEIR_HTTP2_GLITCHES ? (uint32_t)all : WEIR_HTTP2_GLITCHES;
}

void weir_http2_glitch(struct weir_http2 *self)
{
    http2_session_refill(self);
    if (self->glitches)
        self->glitches--;
    else
        weir_http2_calm(self);
}

/* ---- resets ---- */

static void note_reset(struct weir_http2 *self, int32_t id)
{
    self->resets[self->resets_n++ % WEIR_HTTP2_RESETS] = id;
}

static bool was_reset(const struct weir_http2 *self, int32_t id)
{
    for (size_t i = 0; i < WEIR_HTTP2_RESETS; i++)
        if (self->resets[i] == id)
            return true;
    return false;
}

void weir_http2_reset(struct weir_http2_stream *stream, uint32_t code)
{
    struct weir_http2 *self = stream->connection;
    if (stream->closed || stream->resetting || self->over)
        return;
    stream->resetting = true;
    weir_http2_forget_out(stream);
    weir_http2_note(self,
                    nghttp2_submit_rst_stream(self->session, NGHTTP2_FLAG_NONE, stream->id, code));
}

void weir_http2_settle(struct weir_http2_stream *stream)
{
    if (stream->sent_out && !stream->ended_in && (!stream->reads || stream->cut_in))
        weir_http2_reset(stream, NGHTTP2_NO_ERROR);
}

void weir_http2_cut(struct weir_http2_stream *stream)
{
    stream->cut_in = true;
    weir_http2_wake(&stream->body);
    if (!stream->whole)
        weir_http2_reset(stream, NGHTTP2_CANCEL);
    weir_http2_settle(stream);
}

void weir_http2_abandon(struct weir_http2 *self)
{
    for (struct weir_http2_stream *stream = self->streams; stream; stream = stream->next)
        if (stream->answered && !stream->sent_out && (stream->out_n || stream->lent_n))
            weir_http2_reset(stream, NGHTTP2_CANCEL);
}

void weir_http2_closed(struct weir_http2_stream *stream, uint32_t code)
{
    struct weir_http2 *self = stream->connection;
    stream->closed = true;
    stream->code = code;
    self->changes++;
    self->open_n--;
    if (self->heading == stream)
        self->heading = NULL;
    if (!self->open_n)
        self->idle_ns = self->now_ns;
    weir_http2_unqueue(stream);
    weir_http2_forget_out(stream);
    if (!stream->ended_in)
        weir_http2_pass_over(stream);
    weir_http2_wake(&stream->body);
    weir_http2_wake(&stream->answer);
    if (!stream->parts)
        weir_http2_stream_free(stream);
}

/* ---- the end of a connection ---- */

static const uint8_t round_trip[8] = "weirstop";

void weir_http2_stop(struct weir_http2 *self)
{
    if (self->stopping || self->going)
        return;
    self->stopping = true;
    self->stop_ns = self->now_ns;
    nghttp2_submit_shutdown_notice(self->session);
    nghttp2_submit_ping(self->session, NGHTTP2_FLAG_NONE, round_trip);
    weir_http2_due(self, weir_after_ns(self->now_ns, HTTP2_SESSION_SECOND_NS));
}

void weir_http2_go(struct weir_http2 *self)
{
    if (self->going)
        return;
    self->going = true;
    int32_t last = nghttp2_session_get_last_proc_stream_id(self->session);
    nghttp2_submit_goaway(self->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
}

/* ---- what came ---- */

static struct weir_http2_stream *http2_session_stream_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

/* The same of a head's frame: nghttp2 would look for the stream at each field. */
static struct weir_http2_stream *heading_of(nghttp2_session *session, int32_t id,
                                            const struct weir_http2 *self)
{
    struct weir_http2_stream *stream = self->heading;
    return stream && stream->id == id ? stream : http2_session_stream_of(session, id);
}

/* A stream that is over may not be begun again. nghttp2 takes that for frames that were on their
 * way when it was reset, which it is for those alone that we reset. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *arg)
{
    struct weir_http2 *self = arg;
    if (hd->type != NGHTTP2_HEADERS)
        return 0;
    if (!self->head_ns) {
        self->head_ns = self->now_ns + !self->now_ns;
        weir_http2_due(self, weir_after_ns(self->now_ns, self->config.options.head_ns));
    }
    if (hd->stream_id <= nghttp2_session_get_last_proc_stream_id(session) &&
        !nghttp2_session_find_stream(session, hd->stream_id) && !was_reset(self, hd->stream_id))
        nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
    return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct weir_http2 *self = arg;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct weir_http2_stream *stream = weir_http2_stream_new(self, frame->hd.stream_id);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    self->heading = stream;
    return 0;
}

static int http2_session_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                                   const uint8_t *name, size_t name_n, const uint8_t *value,
                                   size_t value_n, uint8_t flags, void *arg)
{
    struct weir_http2_stream *stream = heading_of(session, frame->hd.stream_id, arg);
    (void)flags;
    if (!stream)
        return 0;
    return frame->headers.cat == NGHTTP2_HCAT_REQUEST
               ? weir_http2_field(stream, name, name_n, value, value_n)
               : weir_http2_trailer(stream, name, name_n, value, value_n);
}

/* A field that is none is not left out as if it had not been there. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             const uint8_t *name, size_t name_n, const uint8_t *value,
                             size_t value_n, uint8_t flags, void *arg)
{
    (void)session;
    (void)frame;
    (void)name;
    (void)name_n;
    (void)value;
    (void)value_n;
    (void)flags;
    (void)arg;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                    size_t n, void *arg)
{
    struct weir_http2_stream *stream = http2_session_stream_of(session, id);
    struct weir_http2 *self = arg;
    (void)flags;
    if (stream)
        return weir_http2_put(stream, bytes, n);
    return weir_http2_consumed(session, 0, n, &self->owed, self->config.options.window_bytes / 4);
}

static void ended_in(struct weir_http2_stream *stream)
{
    stream->ended_in = true;
    weir_http2_wake(&stream->body);
}

static void came(struct weir_http2 *self, struct weir_http2_stream *stream,
                 const nghttp2_frame *frame)
{
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (frame->hd.type == NGHTTP2_HEADERS)
        self->head_ns = 0;
    if (!stream)
        return;
    if (ends)
        ended_in(stream);
    if (frame->hd.type == NGHTTP2_HEADERS && !stream->whole && weir_http2_request(stream, ends))
        weir_http2_queue(stream);
}

/* A frame that asks for work, and brings nothing. */
static bool is_glitch(const nghttp2_frame *frame)
{
    switch (frame->hd.type) {
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PING:
        return !(frame->hd.flags & NGHTTP2_FLAG_ACK);
    case NGHTTP2_DATA:
        return frame->hd.length <= frame->data.padlen &&
               !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    case NGHTTP2_PRIORITY:
    case NGHTTP2_RST_STREAM:
        return true;
    default:
        return false;
    }
}

static int http2_session_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct weir_http2 *self = arg;
    if (is_glitch(frame))
        weir_http2_glitch(self);
    if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)
        came(self, heading_of(session, frame->hd.stream_id, self), frame);
    bool answer = frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK;
    if (answer && self->stopping && !memcmp(frame->ping.opaque_data, round_trip, sizeof round_trip))
        weir_http2_go(self);
    return 0;
}

static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error,
                            void *arg)
{
    struct weir_http2 *self = arg;
    (void)session;
    if (frame->hd.type == NGHTTP2_HEADERS)
        self->head_ns = 0;
    self->invalid = error;
    weir_http2_glitch(self);
    return 0;
}

static int http2_session_on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
    struct weir_http2_stream *stream = http2_session_stream_of(session, id);
    (void)arg;
    if (stream)
        weir_http2_closed(stream, code);
    return 0;
}

/* ---- what goes out ---- */

static void tell_reset(struct weir_http2 *self, const nghttp2_frame *frame)
{
    weir_error error;
    weir_error_set(&error, WEIR_E_CORRUPT, "HTTP/2: stream %d was reset, %s: %s",
                   (int)frame->hd.stream_id, nghttp2_http2_strerror(frame->rst_stream.error_code),
                   self->invalid ? nghttp2_strerror(self->invalid) : "by its handler");
    self->invalid = 0;
    weir_http_tell(&self->config, &error);
}

static void tell_goaway(struct weir_http2 *self, const nghttp2_frame *frame)
{
    weir_error error;
    const char *peer = weir_http2_peer(self);
    weir_error_set(&error, self->calm ? WEIR_E_LIMIT : WEIR_E_CORRUPT,
                   "HTTP/2: the connection is given up, %s: %s",
                   nghttp2_http2_strerror(frame->goaway.error_code),
                   self->calm      ? "too many frames that bring nothing"
                   : self->invalid ? nghttp2_strerror(self->invalid)
                                   : "the peer broke the protocol");
    weir_format(error.place, sizeof error.place, "%s", peer ? peer : "");
    weir_http_count(&self->config, WEIR_HTTP_REFUSED);
    weir_http_tell(&self->config, &error);
}

static void sent_whole(struct weir_http2_stream *stream)
{
    stream->sent_out = true;
    stream->connection->changes++;
    weir_http2_wake(&stream->answer);
    weir_http2_settle(stream);
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct weir_http2 *self = arg;
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        note_reset(self, frame->hd.stream_id);
        if (frame->rst_stream.error_code == NGHTTP2_NO_ERROR)
            return 0;
        tell_reset(self, frame);
        weir_http2_glitch(self);
    } else if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code) {
        tell_goaway(self, frame);
    } else if (ends && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
        struct weir_http2_stream *stream = http2_session_stream_of(session, frame->hd.stream_id);
        if (stream)
            sent_whole(stream);
    }
    return 0;
}

static size_t waiting_out(const struct weir_http2_stream *stream)
{
    return stream->lent_n + stream->out_n;
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t room,
                       uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct weir_http2_stream *stream = source->ptr;
    size_t all = waiting_out(stream);
    size_t n = all < room ? all : room;
    (void)session;
    (void)id;
    (void)bytes;
    (void)arg;
    if (!n && !stream->ended_out) {
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (n)
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (stream->ended_out && n == all)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

/* The frame's head and its bytes, into the block where all is gathered. */
static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                        size_t n, nghttp2_data_source *source, void *arg)
{
    struct weir_http2 *self = arg;
    struct weir_http2_stream *stream = source->ptr;
    (void)session;
    (void)frame;
    if (waiting_out(stream) < n)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* they were given up meanwhile */
    if (self->out->size - self->out_end < WEIR_HTTP2_FRAME_HEAD_BYTES + n) {
        self->full = true;
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    unsigned char *to = self->out->data + self->out_end;
    memcpy(to, head, WEIR_HTTP2_FRAME_HEAD_BYTES);
    weir_http2_take(stream, to + WEIR_HTTP2_FRAME_HEAD_BYTES, n);
    self->out_end += (uint32_t)(WEIR_HTTP2_FRAME_HEAD_BYTES + n);
    stream->moved_ns = self->now_ns;
    self->changes++;
    weir_http2_wake(&stream->answer);
    return 0;
}

nghttp2_data_provider weir_http2_provider(struct weir_http2_stream *stream)
{
    return (nghttp2_data_provider){.source = {.ptr = stream}, .read_callback = on_read};
}

void weir_http2_resume(struct weir_http2_stream *stream)
{
    if (!stream->deferred || stream->closed)
        return;
    stream->deferred = false;
    weir_http2_note(stream->connection,
                    nghttp2_session_resume_data(stream->connection->session, stream->id));
}

/* ---- making ---- */

static void set_callbacks(nghttp2_session_callbacks *all)
{
    nghttp2_session_callbacks_set_on_begin_frame_callback(all, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(all, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(all, http2_session_on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(all, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, on_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, http2_session_on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, on_invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, http2_session_on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(all, on_sent);
    nghttp2_session_callbacks_set_send_data_callback(all, on_send_data);
}

static bool submit_settings(struct weir_http2 *self)
{
    const weir_http_options *options = &self->config.options;
    uint32_t window = options->window_bytes < INT32_MAX / 4 ? options->window_bytes : INT32_MAX / 4;
    nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options->streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options->head_bytes_max}};
    return !nghttp2_submit_settings(self->session, NGHTTP2_FLAG_NONE, entries,
                                    sizeof entries / sizeof *entries) &&
           !nghttp2_session_set_local_window_size(self->session, NGHTTP2_FLAG_NONE, 0,
                                                  (int32_t)(4 * window));
}

static nghttp2_session *http2_session_make(struct weir_http2 *self,
                                           nghttp2_session_callbacks *callbacks,
                                           nghttp2_option *option)
{
    nghttp2_session *session;
    if (!callbacks || !option)
        return NULL;
    set_callbacks(callbacks);
    nghttp2_option_set_no_auto_window_update(option, 1);
#ifdef WEIR_NGHTTP2_COUNTS_RESETS /* ours counts more than resets, and has the better words */
    nghttp2_option_set_stream_reset_rate_limit(option, 2 * WEIR_HTTP2_GLITCHES,
                                               2 * WEIR_HTTP2_GLITCHES_S);
#endif
    return nghttp2_session_server_new3(&session, callbacks, self, option, &http2_session_hooks)
               ? NULL
               : session;
}

nghttp2_session *weir_http2_session(struct weir_http2 *self)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_option_new(&option);
    self->session = http2_session_make(self, callbacks, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    if (!self->session || submit_settings(self))
        return self->session;
    nghttp2_session_del(self->session);
    return NULL;
}
#endif
