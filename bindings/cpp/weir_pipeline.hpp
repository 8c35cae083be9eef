// The command's pipelines for C++17, beside weir.hpp; a program with them wants libweir-pipeline.
//
//     for (std::string_view line : weir::pipeline("seq 5 ! skip 3").lines())
//         ...
//     weir::pipeline("a.log ! lines ! grep ERROR ! to lines ! b.log",
//                    WEIR_ALLOW_READ | WEIR_ALLOW_WRITE).run();
//
// A text reaches what it is allowed, which is nothing unless said.
#ifndef WEIR_PIPELINE_HPP
#define WEIR_PIPELINE_HPP

#include "weir.hpp"

#include <optional>
#include <weir/pipeline.h>

namespace weir
{

// The text is no pipeline: note.at and note.size say which bytes of it are wrong.
struct text_error : std::invalid_argument {
    weir_note note;
    explicit text_error(const weir_note &said)
        : std::invalid_argument(*said.hint ? std::string(said.message) + "; " + said.hint
                                           : said.message),
          note(said)
    {
    }
};

template <> struct dropper<weir_pipeline> {
    void operator()(weir_pipeline *left) const { weir_pipeline_drop(left); }
};

// Of one that names no sink the lines() or the bytes(); of another run().
class pipeline : public chain<weir_pipeline>
{
    using listener = std::function<void(const weir_note &)>;
    // Who is told lives as long as what may tell him; so do the runtime, and what the input needs.
    struct told {
        std::shared_ptr<host> at = host::here(), fed;
        listener hears;
        explicit told(listener &&given) : hears(std::move(given)) {}
    };
    static void tell(void *arg, const weir_note *note) noexcept
    {
        told *self = static_cast<told *>(arg);
        try {
            self->hears(*note);
        } catch (...) {
            if (!self->at->thrown)
                self->at->thrown = std::current_exception();
        }
    }
    static chain parse(std::string_view text, unsigned allow, std::optional<reader> &input,
                       listener &&hears)
    {
        bool tells = bool(hears);
        auto kept = std::make_shared<told>(std::move(hears));
        if (kept->at->busy)
            throw std::logic_error("a function of a stream cannot make a pipeline");
        weir_note note;
        weir_parse_options options{};
        options.size = sizeof options;
        options.allow = allow;
        if (input) {
            options.input = input->take();
            kept->fed = input->of();
        }
        options.on_note = tells ? tell : nullptr;
        options.arg = kept.get();
        weir_pipeline *made = weir_parse(text.data(), text.size(), &options, &note);
        if (!made)
            throw text_error(note);
        return chain(made, std::shared_ptr<host>(kept, kept->at.get()));
    }
    // Those of a pipeline that could not be built are of units: their error comes at the first.
    static weir_stream *lines_of(weir_stream *made)
    {
        const weir_type *type = weir_stream_type(made);
        if (type == &weir_type_line || type == &weir_type_owned_line || type == &weir_type_unit)
            return made;
        weir_error why;
        std::string said = std::string("the pipeline gives ") + weir_type_name(type) + ", no lines";
        weir_stream_drop(made);
        weir_error_say(&why, WEIR_E_TYPE, 0, said.c_str());
        why.cure = "to ndjson ! lines, behind records; unbatch, behind batches";
        throw error(why);
    }

  public:
    // allow: WEIR_ALLOW_*, as bits. input: its '-'. hears: what stages say while it runs; what it
    // throws comes out of the loop, or of run().
    explicit pipeline(std::string_view text, unsigned allow = 0, std::optional<reader> input = {},
                      listener hears = nullptr)
        : chain(parse(text, allow, input, std::move(hears)))
    {
    }
    stream<std::string_view> lines()
    {
        return stream<std::string_view>(lines_of(weir_pipeline_lines(take())), of());
    }
    reader bytes() { return reader(weir_pipeline_reader(take()), of()); }
    // Gives how many bytes were written.
    uint64_t run() { return of()->number(weir_pipeline_future(take())); }
    // The most that it may hold at once.
    uint64_t memory_bytes() const { return weir_pipeline_memory_bytes(get()); }
    // The table of `weir explain`.
    std::string explain() const
    {
        size_t size = weir_pipeline_explain(get(), of()->rt, nullptr, 0) + 1;
        std::string table(size, 0);
        table.resize(weir_pipeline_explain(get(), of()->rt, table.data(), size));
        return table;
    }
};

} // namespace weir

#endif
