// SPDX-License-Identifier: MIT
#pragma once

// A directory for files that nobody needs afterwards.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/error.hpp>
#include <patio/core/finally.hpp>

#include <string>  // tidy: allow(heavy-header): paths are strings
#include <type_traits>
#include <utility>

namespace patio {

/// A directory with a name of its own that only this user can open. It goes with everything in it.
///
/// **Use** `with_temp_directory` where a function's duration is the right one: it also waits for
/// the removal when it is cancelled. For one file without a name there is `file::open_temporary`.
class PATIO_EXPORT temp_directory {
public:
    /// None.
    temp_directory() noexcept = default;
    temp_directory(temp_directory&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    temp_directory& operator=(temp_directory&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    /// Removes what `remove()` has not. **Cost** it does so at once, and the loop has to wait: a
    /// last resort for a few files. What cannot be removed stays.
    ~temp_directory();

    /// Makes one, in a directory or where temporary files belong ($TMPDIR, /tmp).
    [[nodiscard]] static async<temp_directory> create(std::string parent = {});

    /// Empty if there is none.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The path of a name in it.
    [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

    /// Removes it with everything in it, on a thread. Does nothing if there is none.
    /// **Fails** with `patio::error`; what could not be removed is the destructor's. **Cancel** the
    /// same, if it had not begun.
    async<> remove();
    /// Keeps it. **Returns** its path.
    [[nodiscard]] std::string release() noexcept { return std::exchange(path_, {}); }

private:
    explicit temp_directory(std::string path) noexcept : path_{std::move(path)} {}

    std::string path_;
};

/// Calls `f(path)` with the path of a temporary directory, which is gone when this returns, whether
/// the function returned, threw or was cancelled.
///
/// ```
/// co_await patio::with_temp_directory(unpack_and_test);
/// ```
///
/// **Returns** what `f` does, which is a coroutine with a `std::string` parameter.
/// **Fails** with what `f` throws; with `patio::error` if the directory cannot be made, or removed.
template <class F>
    requires std::is_invocable_v<F&, std::string>
auto with_temp_directory(F f) -> async<await_result_t<std::invoke_result_t<F&, std::string>>> {
    temp_directory directory = co_await temp_directory::create();
    auto body = f(directory.path());
    auto remove = [&directory]() -> async<> { co_await directory.remove(); };
    auto both = finally(std::move(body), remove);
    co_return co_await std::move(both);
}

}  // namespace patio
