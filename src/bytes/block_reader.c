/* block_reader: a range of the bytes of a block. */

#include "weir/read.h"

static weir_poll block_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx;
    (void)min;
    if (reader->begin == reader->end)
        weir_reader_release(reader);
    return (weir_poll){0, WEIR_END};
}

static weir_hint block_size_hint(const weir_reader *reader)
{
    (void)reader;
    return (weir_hint){0, 0};
}

static size_t block_memory_max(const weir_reader *reader)
{
    return reader->block ? reader->block->size + sizeof(weir_block) + WEIR_PADDING_BYTES : 0;
}

static void block_reader_let_go(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static const weir_reader_ops block_ops = {.size = sizeof block_ops,
                                          .name = "block",
                                          .poll_fill = block_poll_fill,
                                          .size_hint = block_size_hint,
                                          .memory_max = block_memory_max};

weir_reader *weir_block_reader(weir_block *block, size_t offset, size_t n)
{
    weir_reader *reader = weir_reader_new(sizeof *reader, &block_ops);
    if (weir_stage_failed(&reader->stage)) {
        weir_block_unref(block);
        return reader;
    }
    size_t size = block->size;
    reader->base = block->data;
    reader->begin = offset < size ? offset : size;
    reader->end = n < size - reader->begin ? reader->begin + n : size;
    reader->block = block;
    reader->give_back = block_reader_let_go;
    reader->stage.emptied = true;
    if (offset <= size && n <= size - offset)
        return reader;
    return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, NULL,
                              "a range that ends behind its block of %zu bytes", NULL, NULL, size);
}
