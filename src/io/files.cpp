// SPDX-License-Identifier: MIT

#include <patio/io/files.hpp>

#include "file_calls.hpp"
#include "file_errors.hpp"
#include "file_status_access.hpp"

#include <patio/io/detail/job.hpp>
#include <patio/io/file.hpp>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace patio {
namespace detail {
namespace {

/// A system call, or a few, on a thread. The caller keeps what it points to.
template <class Call>
async<call_result> on_thread(Call call) {
    auto job = make_job(nullptr, std::move(call));
    const call_result result = co_await std::move(job);
    co_return result;
}

async<call_result> find_status_at(const std::string& path, status_answer& answer, int flags) {
    const auto call = [path = path.c_str(), found = &answer, flags] {
        return uninterrupted([&] { return ::fstatat(AT_FDCWD, path, found, flags); });
    };
    const call_result result = co_await on_thread(call);
    co_return result;
}

async<call_result> remove_name(const std::string& path, int flags) {
    const auto call = [path = path.c_str(), flags] {
        return uninterrupted([&] { return ::unlinkat(AT_FDCWD, path, flags); });
    };
    const call_result result = co_await on_thread(call);
    co_return result;
}

/// The failures of std::filesystem, as ours.
template <class F>
auto translated(const char* doing, const std::string& path, F function) {
    try {
        return function();
    } catch (const std::filesystem::filesystem_error& failure) {
        const std::string at = failure.path1().empty() ? path : failure.path1().string();
        throw error{failure.code(), std::string{doing} + " " + at};
    }
}

std::uint64_t remove_tree_now(std::string path) {
    return translated("removing", path, [&] { return std::filesystem::remove_all(path); });
}

bool make_directories_now(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return translated("making directory", path,
                      [&] { return std::filesystem::create_directories(path); });
}

}  // namespace
}  // namespace detail

async<std::string> read_file(std::string path, std::size_t bytes_max) {
    file source = co_await file::open(std::move(path));
    std::string text = co_await source.read_all(bytes_max);
    co_return text;
}

// --- status

async<file_status> status_of(std::string path) {
    constexpr const char* doing = "asking for the status of";
    detail::check_path(doing, path);
    detail::status_answer answer;
    const auto result = co_await detail::find_status_at(path, answer, 0);
    detail::check_call(result, doing, path);
    co_return detail::status_access::make(answer);
}

async<file_status> status_of_link(std::string path) {
    constexpr const char* doing = "asking for the status of";
    detail::check_path(doing, path);
    detail::status_answer answer;
    const auto result = co_await detail::find_status_at(path, answer, AT_SYMLINK_NOFOLLOW);
    detail::check_call(result, doing, path);
    co_return detail::status_access::make(answer);
}

async<std::optional<file_status>> find_status(std::string path) {
    constexpr const char* doing = "asking for the status of";
    detail::check_path(doing, path);
    detail::status_answer answer;
    const auto result = co_await detail::find_status_at(path, answer, 0);
    if (result == -ENOENT || result == -ENOTDIR) co_return std::nullopt;
    detail::check_call(result, doing, path);
    co_return detail::status_access::make(answer);
}

// --- names

async<> rename_file(std::string from, std::string to) {
    detail::check_path("renaming", from);
    detail::check_path("renaming to", to);
    const auto call = [from = from.c_str(), to = to.c_str()] {
        return detail::uninterrupted([&] { return ::rename(from, to); });
    };
    const auto result = co_await detail::on_thread(call);
    detail::check_call(result, "renaming", from + " to " + to);
}

async<> remove_file(std::string path) {
    detail::check_path("removing", path);
    const auto result = co_await detail::remove_name(path, 0);
    detail::check_call(result, "removing", path);
}

async<bool> remove_file_if_there(std::string path) {
    detail::check_path("removing", path);
    const auto result = co_await detail::remove_name(path, 0);
    if (result == -ENOENT || result == -ENOTDIR) co_return false;
    detail::check_call(result, "removing", path);
    co_return true;
}

async<> remove_directory(std::string path) {
    detail::check_path("removing directory", path);
    const auto result = co_await detail::remove_name(path, AT_REMOVEDIR);
    detail::check_call(result, "removing directory", path);
}

async<std::uint64_t> remove_tree(std::string path) {
    detail::check_path("removing", path);
    auto job = detail::make_job(nullptr, detail::remove_tree_now, std::move(path));
    const std::uint64_t count = co_await std::move(job);
    co_return count;
}

async<> make_directory(std::string path, std::uint32_t permissions) {
    detail::check_path("making directory", path);
    const auto call = [path = path.c_str(), permissions] {
        return detail::uninterrupted([&] { return ::mkdir(path, permissions); });
    };
    const auto result = co_await detail::on_thread(call);
    detail::check_call(result, "making directory", path);
}

async<> make_directories(std::string path) {
    detail::check_path("making directory", path);
    auto job = detail::make_job(nullptr, detail::make_directories_now, std::move(path));
    co_await std::move(job);
}

async<> set_permissions(std::string path, std::uint32_t permissions) {
    constexpr const char* doing = "setting the permissions of";
    detail::check_path(doing, path);
    const auto call = [path = path.c_str(), permissions] {
        return detail::uninterrupted([&] { return ::chmod(path, permissions); });
    };
    const auto result = co_await detail::on_thread(call);
    detail::check_call(result, doing, path);
}

}  // namespace patio
