// SPDX-License-Identifier: MIT

#include <patio/core/loop_ref.hpp>

#include "loop_internals.hpp"
#include "post_box.hpp"

namespace patio {

loop_ref::loop_ref(const loop_ref& other) noexcept : box_{other.box_}, index_{other.index_} {
    if (box_ != nullptr) box_->add_ref();
}

loop_ref::~loop_ref() {
    if (box_ != nullptr) box_->drop();
}

loop_ref loop_ref::of(loop& named, std::size_t index) noexcept {
    loop_ref result;
    result.box_ = named.internals().box;
    result.box_->add_ref();
    result.index_ = index;
    return result;
}

bool loop_ref::post(detail::callback_node& node) const noexcept {
    return box_ != nullptr && box_->post(node);
}

}  // namespace patio
