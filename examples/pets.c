/* A struct that is read from CSV, NDJSON or protobuf and written as any of them: the suffix says
 * which. A record that does not fit is told, with its place, and the next one follows.
 *
 *   pets IN.csv|.ndjson|.pb OUT.csv|.ndjson|.pb
 */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2, .optional = true))

enum { MESSAGE_BYTES_MAX = 1 << 20 };

static int ends_with(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && strcmp(path + n - m, suffix) == 0;
}

static weir_stream *pets_of(const char *path)
{
    weir_reader *file = weir_file_reader(path);
    if (ends_with(path, ".csv"))
        return weir_csv_records(file, &pet_record, NULL);
    if (ends_with(path, ".ndjson"))
        return weir_ndjson_records(file, &pet_record, NULL);
    return weir_proto_records(file, &pet_record, MESSAGE_BYTES_MAX);
}

static weir_reader *bytes_of(weir_stream *pets, const char *path)
{
    if (ends_with(path, ".csv"))
        return weir_to_csv(pets, NULL);
    if (ends_with(path, ".ndjson"))
        return weir_to_ndjson(pets, NULL);
    return weir_to_proto(pets, MESSAGE_BYTES_MAX);
}

static void tell(const weir_error *error, void *arg)
{
    (void)arg;
    fprintf(stderr, "left out: %s\n", WEIR_ERROR_TEXT(error));
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: pets IN OUT\n"), 2;
    weir_stream *pets =
        weir_skip_errors(weir_inspect_err(pets_of(argv[1]), &tell, NULL), 1000, NULL);
    weir_writer *out = weir_file_writer(argv[2], NULL);
    uint64_t n;
    weir_error error;
    if (weir_run(weir_copy(bytes_of(pets, argv[2]), out), &n, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
