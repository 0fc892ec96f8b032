// The files of notes: those that are uploaded with one, and those that it has.
export { Attachments } from "./attachments";
export { useNoteFiles, type NoteFiles } from "./note_files";
export { fileTexts } from "./texts";
export { AttachButton, UploadList } from "./upload_list";
