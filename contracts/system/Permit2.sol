// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Permit2Signatures} from "./Permit2Signatures.sol";

/// @title Token approvals by signature, with the interface that applications expect at 0x0000…78BA3
/// @notice An implementation of this project's own of the known interface: same functions, events, errors and typed data.
/// @dev The domain is computed for each call, so it is right whatever the chain id.
contract Permit2 is Permit2Signatures {
    struct PackedAllowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct TokenSpenderPair {
        address token;
        address spender;
    }

    struct AllowanceTransferDetails {
        address from;
        address to;
        uint160 amount;
        address token;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    event NonceInvalidation(
        address indexed owner,
        address indexed token,
        address indexed spender,
        uint48 newNonce,
        uint48 oldNonce
    );
    event Approval(
        address indexed owner,
        address indexed token,
        address indexed spender,
        uint160 amount,
        uint48 expiration
    );
    event Permit(
        address indexed owner,
        address indexed token,
        address indexed spender,
        uint160 amount,
        uint48 expiration,
        uint48 nonce
    );
    event Lockdown(address indexed owner, address token, address spender);
    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

    error AllowanceExpired(uint256 deadline);
    error InsufficientAllowance(uint256 amount);
    error ExcessiveInvalidation();
    error InvalidNonce();
    error InvalidAmount(uint256 maxAmount);
    error LengthMismatch();
    error SignatureExpired(uint256 signatureDeadline);

    mapping(address owner => mapping(address token => mapping(address spender => PackedAllowance))) public allowance;
    mapping(address owner => mapping(uint256 word => uint256 bits)) public nonceBitmap;

    modifier beforeDeadline(uint256 deadline) {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        _;
    }

    /// @notice Allows `spender` an amount until `expiration`; zero means within this block.
    function approve(address token, address spender, uint160 amount, uint48 expiration) external {
        PackedAllowance storage allowed = allowance[msg.sender][token][spender];
        allowed.amount = amount;
        allowed.expiration = _orNow(expiration);
        emit Approval(msg.sender, token, spender, amount, expiration);
    }

    /// @notice Sets one allowance by the owner's signature.
    function permit(
        address owner,
        PermitSingle memory permitSingle,
        bytes calldata signature
    ) external beforeDeadline(permitSingle.sigDeadline) {
        _verify(signature, _hashSingle(permitSingle), owner);
        _setAllowance(permitSingle.details, owner, permitSingle.spender);
    }

    /// @notice Sets several allowances of one spender by one signature.
    function permit(
        address owner,
        PermitBatch memory permitBatch,
        bytes calldata signature
    ) external beforeDeadline(permitBatch.sigDeadline) {
        _verify(signature, _hashBatch(permitBatch), owner);
        for (uint256 i = 0; i < permitBatch.details.length; i++)
            _setAllowance(permitBatch.details[i], owner, permitBatch.spender);
    }

    /// @notice Moves tokens within the caller's allowance.
    function transferFrom(address from, address to, uint160 amount, address token) external {
        _transfer(from, to, amount, token);
    }

    /// @notice Moves tokens of several owners within the caller's allowances.
    function transferFrom(AllowanceTransferDetails[] calldata transferDetails) external {
        for (uint256 i = 0; i < transferDetails.length; i++) {
            AllowanceTransferDetails memory details = transferDetails[i];
            _transfer(details.from, details.to, details.amount, details.token);
        }
    }

    /// @notice Takes allowances of the caller back.
    function lockdown(TokenSpenderPair[] calldata approvals) external {
        for (uint256 i = 0; i < approvals.length; i++) {
            allowance[msg.sender][approvals[i].token][approvals[i].spender].amount = 0;
            emit Lockdown(msg.sender, approvals[i].token, approvals[i].spender);
        }
    }

    /// @notice Makes signed permits with a lower nonce worthless.
    function invalidateNonces(address token, address spender, uint48 newNonce) external {
        PackedAllowance storage allowed = allowance[msg.sender][token][spender];
        uint48 oldNonce = allowed.nonce;
        if (newNonce <= oldNonce) revert InvalidNonce();
        if (newNonce - oldNonce > type(uint16).max) revert ExcessiveInvalidation();
        allowed.nonce = newNonce;
        emit NonceInvalidation(msg.sender, token, spender, newNonce, oldNonce);
    }

    /// @notice Marks up to 256 unordered nonces of the caller as used.
    function invalidateUnorderedNonces(uint256 wordPos, uint256 mask) external {
        nonceBitmap[msg.sender][wordPos] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, wordPos, mask);
    }

    /// @notice Moves tokens once, by a signature that names the caller.
    function permitTransferFrom(
        PermitTransferFrom memory permitted,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external {
        _transferOnce(permitted, transferDetails, owner, _hashTransfer(permitted), signature);
    }

    /// @notice The same with data of the caller's protocol under the signature.
    function permitWitnessTransferFrom(
        PermitTransferFrom memory permitted,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        bytes32 hash = _hashTransferWithWitness(permitted, witness, witnessTypeString);
        _transferOnce(permitted, transferDetails, owner, hash, signature);
    }

    /// @notice Moves several tokens once, by one signature that names the caller.
    function permitTransferFrom(
        PermitBatchTransferFrom memory permitted,
        SignatureTransferDetails[] calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external {
        _transferManyOnce(permitted, transferDetails, owner, _hashTransfers(permitted), signature);
    }

    /// @notice The same with data of the caller's protocol under the signature.
    function permitWitnessTransferFrom(
        PermitBatchTransferFrom memory permitted,
        SignatureTransferDetails[] calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        bytes32 hash = _hashTransfersWithWitness(permitted, witness, witnessTypeString);
        _transferManyOnce(permitted, transferDetails, owner, hash, signature);
    }

    function _transferOnce(
        PermitTransferFrom memory permitted,
        SignatureTransferDetails calldata details,
        address owner,
        bytes32 hash,
        bytes calldata signature
    ) private beforeDeadline(permitted.deadline) {
        _useNonceAfterAmount(permitted.permitted.amount, details.requestedAmount, owner, permitted.nonce);
        _verify(signature, hash, owner);
        _pull(permitted.permitted.token, owner, details.to, details.requestedAmount);
    }

    function _useNonceAfterAmount(uint256 amount, uint256 requested, address owner, uint256 nonce) private {
        if (requested > amount) revert InvalidAmount(amount);
        _useUnorderedNonce(owner, nonce);
    }

    function _transferManyOnce(
        PermitBatchTransferFrom memory permitted,
        SignatureTransferDetails[] calldata details,
        address owner,
        bytes32 hash,
        bytes calldata signature
    ) private beforeDeadline(permitted.deadline) {
        if (permitted.permitted.length != details.length) revert LengthMismatch();
        _useUnorderedNonce(owner, permitted.nonce);
        _verify(signature, hash, owner);
        for (uint256 i = 0; i < details.length; i++) {
            TokenPermissions memory allowed = permitted.permitted[i];
            uint256 requested = details[i].requestedAmount;
            if (requested > allowed.amount) revert InvalidAmount(allowed.amount);
            if (requested > 0) _pull(allowed.token, owner, details[i].to, requested);
        }
    }

    function _setAllowance(PermitDetails memory details, address owner, address spender) private {
        PackedAllowance storage allowed = allowance[owner][details.token][spender];
        if (allowed.nonce != details.nonce) revert InvalidNonce();
        allowed.amount = details.amount;
        allowed.expiration = _orNow(details.expiration);
        unchecked {
            allowed.nonce = details.nonce + 1;
        }
        emit Permit(owner, details.token, spender, details.amount, details.expiration, details.nonce);
    }

    function _transfer(address from, address to, uint160 amount, address token) private {
        PackedAllowance storage allowed = allowance[from][token][msg.sender];
        if (block.timestamp > allowed.expiration) revert AllowanceExpired(allowed.expiration);
        uint160 available = allowed.amount;
        if (available != type(uint160).max) {
            if (amount > available) revert InsufficientAllowance(available);
            allowed.amount = available - amount;
        }
        _pull(token, from, to, amount);
    }

    function _useUnorderedNonce(address owner, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 bits = nonceBitmap[owner][nonce >> 8];
        if (bits & bit != 0) revert InvalidNonce();
        nonceBitmap[owner][nonce >> 8] = bits | bit;
    }

    /// @dev Tokens that return nothing count as moved, those that return false do not.
    function _pull(address token, address from, address to, uint256 amount) private {
        (bool isCalled, bytes memory answer) = token.call(
            abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, amount)
        );
        bool isMoved = isCalled && (answer.length == 0 ? token.code.length > 0 : abi.decode(answer, (bool)));
        require(isMoved, "TRANSFER_FROM_FAILED");
    }

    function _orNow(uint48 expiration) private view returns (uint48) {
        return expiration == 0 ? uint48(block.timestamp) : expiration;
    }
}
