// SPDX-License-Identifier: MIT
#pragma once

// How a process ended.

#include <patio/base/config.hpp>

#include <string>

namespace patio {

/// The end of a process: by itself, with a number, or by a signal. The two are never mixed up.
///
/// **Threads** a value.
class PATIO_EXPORT exit_status {
public:
    /// That of `exit(code)`.
    [[nodiscard]] static exit_status exited(int code) noexcept {
        return exit_status{code, 0, false};
    }
    /// That of a process that a signal has ended.
    [[nodiscard]] static exit_status signalled(int number) noexcept {
        return exit_status{-1, number, false};
    }
    /// The same, where the kernel has written a core file.
    [[nodiscard]] static exit_status dumped(int number) noexcept {
        return exit_status{-1, number, true};
    }

    /// Whether it exited with 0.
    [[nodiscard]] bool success() const noexcept { return code_ == 0; }
    /// What it exited with, 0 to 255; -1 if a signal ended it.
    [[nodiscard]] int code() const noexcept { return code_; }
    /// The number of the signal that ended it; 0 if it exited.
    [[nodiscard]] int signal() const noexcept { return signal_; }
    [[nodiscard]] bool core_dumped() const noexcept { return core_dumped_; }

    /// "exited with code 3", "ended by SIGSEGV (core dumped)".
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const exit_status&, const exit_status&) noexcept = default;

private:
    exit_status(int code, int signal, bool core_dumped) noexcept
        : code_{code}, signal_{signal}, core_dumped_{core_dumped} {}

    int code_;
    int signal_;
    bool core_dumped_;
};

}  // namespace patio
