// SPDX-License-Identifier: MIT
#pragma once

// Programs that are not ours, and what they say.

#include <cstdio>
#include <memory>
#include <string>

namespace patio::test_support {

/// A command of the shell that runs beside the loop until it is destroyed, and its output. Blocks:
/// for threads.
class command {
public:
    explicit command(const std::string& line)
        : output_{::popen(("exec 2>&1; " + line).c_str(), "re"), &::pclose} {}
    /// One line, with its newline; empty at the end.
    std::string read_line() {
        char buffer[4096];
        return std::fgets(buffer, sizeof buffer, output_.get()) != nullptr ? buffer : "";
    }
    std::string read_all() {
        std::string all;
        char buffer[4096];
        while (std::fgets(buffer, sizeof buffer, output_.get()) != nullptr)
            all += buffer;
        return all;
    }

private:
    std::unique_ptr<FILE, int (*)(FILE*)> output_;
};

inline std::string output_of(const std::string& line) { return command{line}.read_all(); }

inline bool has_program(const std::string& name) {
    return !output_of("command -v " + name).empty();
}

}  // namespace patio::test_support
