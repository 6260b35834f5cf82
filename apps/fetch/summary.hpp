// SPDX-License-Identifier: MIT
#pragma once

// What there is to say at the end.

#include "page_result.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace fetch {

/// Counts what this run has fetched.
class summary {
public:
    /// `took` is the page's own time, as if it had been alone.
    void add(const page_result& page, patio::duration took);

    [[nodiscard]] std::size_t done() const noexcept { return done_; }
    [[nodiscard]] std::size_t failed() const noexcept { return failed_; }
    /// Some lines:
    ///
    /// ```
    /// 41 pages, 23 MB in 3.20 s: 7.4 times faster than one after the other (23.7 s)
    /// 2 failed: 1 × 404, 1 × timeout
    /// 3 left out, as robots.txt asks
    /// ```
    [[nodiscard]] std::string text(patio::duration elapsed) const;

private:
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    std::size_t left_out_ = 0;
    std::uint64_t bytes_ = 0;
    patio::duration alone_;
    std::map<std::string, std::size_t> kinds_;
};

}  // namespace fetch
