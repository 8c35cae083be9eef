/* What a message of protobuf costs as a struct: `proto make N FILE` writes N pets, `proto FILE`
 * reads them five times. Prints as bench/peers/proto-c does: sum, messages, CPU nanoseconds a
 * message in the best turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>

#include "measure.h"

struct pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2))

struct sum {
    uint64_t sum, n;
};

static void add(struct sum *sum, struct pet pet, void *arg)
{
    (void)arg;
    sum->sum = sum->sum * 31 + (uint64_t)pet.age + (unsigned char)pet.name.data[0];
    sum->n++;
}
WEIR_FOLD_FN(add_fn, add, struct sum, struct pet, .of = &pet_record.type, .detached = true)

static struct pet pet_of(int64_t i, void *arg)
{
    static const char names[] = "Bartholomew the Second of Schleswig-Holstein, called Bart";
    (void)arg;
    struct pet pet = {{names, 5 + (size_t)(i * 7 % 50)}, i * 2654435761 % 100000};
    return pet;
}
WEIR_MAP_FN(pet_fn, pet_of, int64_t, struct pet, .to = &pet_record.type)

static int make(int64_t n, const char *path)
{
    uint64_t bytes;
    weir_error error;
    weir_stream *pets = weir_map(weir_range(0, n), &pet_fn, NULL);
    weir_reader *messages = weir_to_proto(pets, 1 << 16);
    if (weir_run(weir_copy(messages, weir_file_writer(path, NULL)), &bytes, &error) == WEIR_READY)
        return 0;
    fprintf(stderr, "%s\n", error.message);
    return 1;
}

static int read_all(const void *bytes, size_t size)
{
    struct sum zero = {0}, got;
    weir_error error;
    double best = 0;
    for (int turn = 0; turn < 5; turn++) {
        double begin = cpu_ns();
        weir_reader *source = weir_memory_reader(bytes, size);
        weir_stream *pets = weir_proto_records(source, &pet_record, 1 << 16);
        if (weir_run(weir_fold(pets, &add_fn, &zero, NULL), &got, &error) != WEIR_READY) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        double ns = (cpu_ns() - begin) / (double)got.n;
        best = !turn || ns < best ? ns : best;
    }
    printf("%llu\t%llu\t%.2f\n", (unsigned long long)got.sum, (unsigned long long)got.n, best);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "make") == 0)
        return make(atoll(argv[2]), argv[3]);
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file)
        return 2;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size)
        return 2;
    fclose(file);
    int status = read_all(bytes, size);
    free(bytes);
    return status;
}
