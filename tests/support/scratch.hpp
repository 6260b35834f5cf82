// SPDX-License-Identifier: MIT
#pragma once

// A directory for a test's files, made and looked at without Patio.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace patio::test_support {

/// An empty directory, removed at the end.
class scratch_directory {
public:
    scratch_directory() {
        std::string path = (std::filesystem::temp_directory_path() / "patio-test-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"mkdtemp failed"};
        path_ = path;
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The path of a name in it.
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return path_ + "/" + name;
    }
    /// How many names are in it.
    [[nodiscard]] std::size_t count() const {
        const std::filesystem::directory_iterator all{path_};
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    /// Makes a file. **Returns** its path.
    [[nodiscard]] std::string make(const std::string& name, const std::string& content) const {
        std::ofstream{*this / name, std::ios::binary} << content;
        return *this / name;
    }
    [[nodiscard]] static std::string content_of(const std::string& path) {
        std::ifstream source{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{source}, {}};
    }

private:
    std::string path_;
};

/// Bytes that tell where they stand.
inline std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('a' + (i * 31 + i / 4096) % 26);
    return bytes;
}

}  // namespace patio::test_support
