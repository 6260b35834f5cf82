// SPDX-License-Identifier: MIT
#pragma once

// A directory that a test may fill, removed with all that is in it.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace patio::test_support {

class temporary_directory {
public:
    temporary_directory() : path_{(std::filesystem::temp_directory_path() / "patio-XXXXXX")} {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"mkdtemp failed"};
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory() {
        std::error_code ignored;  // a test that failed may have left it in any state
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace patio::test_support
