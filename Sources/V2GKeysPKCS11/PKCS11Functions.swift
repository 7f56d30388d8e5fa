internal import CPKCS11
internal import V2GKeys

/// The functions of a module that we use, each checked to be there: a null entry must not become a jump to zero.
@safe struct PKCS11Functions: @unchecked Sendable {
    // Sendable: function pointers into a library that is never unloaded.
    let initialize: CK_C_Initialize
    let getInfo: CK_C_GetInfo
    let getSlotList: CK_C_GetSlotList
    let getTokenInfo: CK_C_GetTokenInfo
    let getMechanismInfo: CK_C_GetMechanismInfo
    let openSession: CK_C_OpenSession
    let closeSession: CK_C_CloseSession
    let login: CK_C_Login
    let findObjectsInit: CK_C_FindObjectsInit
    let findObjects: CK_C_FindObjects
    let findObjectsFinal: CK_C_FindObjectsFinal
    let getAttributeValue: CK_C_GetAttributeValue
    let destroyObject: CK_C_DestroyObject
    let generateKeyPair: CK_C_GenerateKeyPair
    let deriveKey: CK_C_DeriveKey
    let signInit: CK_C_SignInit
    let sign: CK_C_Sign

    init(_ list: CK_FUNCTION_LIST, module: String) throws(KeyError) {
        func require<F>(_ function: F?, _ name: String) throws(KeyError) -> F {
            guard let function else {
                throw KeyError(
                    .unsupported,
                    "PKCS#11 module '\(module)' has no \(name). Use a module that implements PKCS#11 2.40.")
            }
            return function
        }
        unsafe initialize = try require(list.C_Initialize, "C_Initialize")
        unsafe getInfo = try require(list.C_GetInfo, "C_GetInfo")
        unsafe getSlotList = try require(list.C_GetSlotList, "C_GetSlotList")
        unsafe getTokenInfo = try require(list.C_GetTokenInfo, "C_GetTokenInfo")
        unsafe getMechanismInfo = try require(list.C_GetMechanismInfo, "C_GetMechanismInfo")
        unsafe openSession = try require(list.C_OpenSession, "C_OpenSession")
        closeSession = try require(list.C_CloseSession, "C_CloseSession")
        unsafe login = try require(list.C_Login, "C_Login")
        unsafe findObjectsInit = try require(list.C_FindObjectsInit, "C_FindObjectsInit")
        unsafe findObjects = try require(list.C_FindObjects, "C_FindObjects")
        findObjectsFinal = try require(list.C_FindObjectsFinal, "C_FindObjectsFinal")
        unsafe getAttributeValue = try require(list.C_GetAttributeValue, "C_GetAttributeValue")
        destroyObject = try require(list.C_DestroyObject, "C_DestroyObject")
        unsafe generateKeyPair = try require(list.C_GenerateKeyPair, "C_GenerateKeyPair")
        unsafe deriveKey = try require(list.C_DeriveKey, "C_DeriveKey")
        unsafe signInit = try require(list.C_SignInit, "C_SignInit")
        unsafe sign = try require(list.C_Sign, "C_Sign")
    }
}
