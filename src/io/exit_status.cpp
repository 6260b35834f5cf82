// SPDX-License-Identifier: MIT

#include <patio/io/exit_status.hpp>

#include <cstring>

namespace patio {

std::string exit_status::to_string() const {
    if (signal_ == 0) return "exited with code " + std::to_string(code_);
    std::string text = "ended by ";
    const char* name = ::sigabbrev_np(signal_);
    text += name != nullptr ? std::string{"SIG"} + name : "signal " + std::to_string(signal_);
    if (core_dumped_) text += " (core dumped)";
    return text;
}

}  // namespace patio
