// SPDX-License-Identifier: MIT

#include <patio/io/temp_directory.hpp>

#include "file_calls.hpp"
#include "file_errors.hpp"
#include "temporary_names.hpp"

#include <patio/io/detail/job.hpp>
#include <patio/io/files.hpp>

#include <filesystem>
#include <system_error>

#include <sys/stat.h>

namespace patio {
namespace detail {
namespace {

call_result make_private_directory(const std::string* path) noexcept {
    return uninterrupted([&] { return ::mkdir(path->c_str(), S_IRWXU); });
}

}  // namespace
}  // namespace detail

temp_directory::~temp_directory() {
    if (path_.empty()) return;
    std::error_code ignored;  // nobody is left to be told
    std::filesystem::remove_all(path_, ignored);
}

async<temp_directory> temp_directory::create(std::string parent) {
    constexpr const char* doing = "making a temporary directory in";
    if (parent.empty()) parent = detail::default_temporary_directory();
    detail::check_path(doing, parent);
    std::string path = parent + "/patio-" + detail::random_name();
    auto job = detail::make_job(nullptr, detail::make_private_directory, &path);
    const detail::call_result result = co_await std::move(job);
    detail::check_call(result, doing, parent);
    co_return temp_directory{std::move(path)};
}

async<> temp_directory::remove() {
    if (path_.empty()) co_return;
    auto removing = remove_tree(path_);
    co_await std::move(removing);
    path_.clear();
}

}  // namespace patio
