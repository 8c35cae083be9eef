// The lines of a pipeline of the command: pipeline_lines 'seq 5 ! skip 3'

#include "weir_pipeline.hpp"

#include <iostream>

int main(int, char **argv)
{
    try {
        for (std::string_view line : weir::pipeline(argv[1], WEIR_ALLOW_READ).lines())
            std::cout << line << "\n";
    } catch (const weir::text_error &error) {
        std::cerr << argv[1] << "\n"
                  << std::string(error.note.at, ' ') << std::string(error.note.size, '^') << " "
                  << error.what() << "\n";
        return 1;
    }
}
