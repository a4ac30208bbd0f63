/// Which release this is.
public enum ProgramVersion {
    /// Shown by `--version`, in metrics and in packages.
    public static let text = "0.1.0"
}
