// SPDX-License-Identifier: MIT
#pragma once

// Records what happens in a loop, on a clock that jumps: the same in every run, so that a picture
// can be compared with what it claims to show.

#include <patio/patio.hpp>
#include <patio/testing/virtual_time.hpp>

#include <cstdio>
#include <string>

namespace pictures {

/// A loop, and a driver around the virtual one that notes each time the loop waits. Everything is
/// written to standard output as it happens, one event a line, fields separated by tabs:
///
/// ```
/// picture NAME KIND TITLE
/// begin MILLISECONDS LABEL WHAT      somebody is busy from here …
/// end   MILLISECONDS LABEL           … to here
/// step  MILLISECONDS LABEL WHAT      somebody has had the thread, and did this
/// wait  MILLISECONDS UNTIL           the loop has nothing to do
/// ```
class scene final : public patio::driver {
public:
    scene(const char* name, const char* kind, const char* title);

    void run(patio::async<> program) { loop_.run(std::move(program)); }

    /// Who is busy from its construction to its destruction, as a destructor of a frame's local.
    class [[nodiscard]] bar {
    public:
        bar(scene& drawn, std::string label, const char* what);
        bar(const bar&) = delete;
        bar& operator=(const bar&) = delete;
        ~bar();

    private:
        scene& scene_;
        std::string label_;
    };

    void step(const char* label, const char* what);
    /// Keeps the thread for that long, as a call that blocks does.
    void block(patio::duration length) { time_.advance(length); }

    [[nodiscard]] const char* name() const noexcept override { return "recorded"; }
    void wait(patio::duration timeout, patio::expecting what) noexcept override;
    void poll() noexcept override { time_.poll(); }
    void wake() noexcept override { time_.wake(); }

private:
    [[nodiscard]] long long milliseconds() noexcept;

    patio::testing::virtual_time time_;
    patio::loop loop_{*this, time_};
    patio::time_point start_ = time_.now();
};

}  // namespace pictures
