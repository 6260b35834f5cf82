// SPDX-License-Identifier: MIT

#include "summary.hpp"

#include "text.hpp"

#include <fmt/format.h>

namespace fetch {

void summary::add(const page_result& page, patio::duration took) {
    alone_ += took;
    bytes_ += page.bytes;
    if (page.was_left_out()) {
        ++left_out_;
    } else if (page.has_failed()) {
        ++failed_;
        ++kinds_[page.kind];
    } else {
        ++done_;
    }
}

std::string summary::text(patio::duration elapsed) const {
    std::string lines = fmt::format("{}, {} in {}", count_text(done_, "page", "pages"),
                                    bytes_text(bytes_), seconds_text(elapsed));
    const double times = alone_.in_seconds() / elapsed.in_seconds();
    if (times >= 1.05) {
        lines += fmt::format(": {:.1f} times faster than one after the other ({})", times,
                             seconds_text(alone_));
    }
    lines += "\n";
    if (failed_ > 0) {
        lines += fmt::format("{} failed:", failed_);
        const char* between = " ";
        for (const auto& [kind, count] : kinds_) {
            lines += fmt::format("{}{} × {}", between, count, kind);
            between = ", ";
        }
        lines += "\n";
    }
    if (left_out_ > 0) lines += fmt::format("{} left out, as robots.txt asks\n", left_out_);
    return lines;
}

}  // namespace fetch
