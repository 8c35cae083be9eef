/* The names stay, and say numbers. */
#include <weir.h>

#define DOWNLOADS_AT_ONCE 16

struct url {
    char text[200];
};

static weir_stream *download(struct url url, void *arg)
{
    (void)arg;
    return weir_count(weir_reader_chunks(weir_http_reader(url.text, NULL)));
}
WEIR_THEN_FN(download_fn, download, struct url, uint64_t)

weir_stream *download_all(weir_stream *urls)
{
    const size_t limit = 100000;
    weir_stream *sizes = weir_par_map(urls, &download_fn, NULL, DOWNLOADS_AT_ONCE, NULL);
    return weir_collect(sizes, limit);
}
